package app_test

import (
	"testing"
	"time"

	"shilu/internal/app/apptest"
)

func TestSignInInTheBrowser(t *testing.T) {
	w := apptest.Open(t, "")
	c := w.Chrome(t, time.Minute)
	c.Open("/training")
	c.Fill("account", apptest.Officer)
	c.Fill("password", "wrong")
	c.Press("登录")
	c.Shows("密码不对")
	c.Become(w.Sign(apptest.Officer))
	c.Open("/training")
	c.Shows("培训班", "周敏")
}
