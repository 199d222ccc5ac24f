package facility

import (
	"strings"
	"testing"
)

func TestReadValues(t *testing.T) {
	r := shipped(t).On("2026-05-01")
	for _, one := range []struct{ field, text, want string }{
		{"length", "10.5", "10.5 米"},
		{"length", "约100米", "约100 米"},
		{"length", "1,200.25 米", "1200.25 米"},
		{"length", "100余米", "100以上 米"},
		{"length", "１０延米", "10 米"},
		{"length", "0", "0 米"},
		{"length", "", ""},
		{"length", "10.555", "!小数太多"},
		{"length", "-3", "!是负数"},
		{"length", "长", "!看不懂"},
		{"length", "1/3", "!看不懂"},
		{"length", "1e9", "!看不懂"},
		{"length", "99999999", "!超过 100000 米"},
		{"pieces", "200处", "200 处"},
		{"pieces", "2.5", "!要写整数"},
		{"cost", "1.5", "1.5 万元"},
		{"cost", "15000元", "1.5 万元"},
		{"cost", "2万元", "2 万元"},
		{"cost", "0.35万", "0.35 万元"},
		{"cost", "12.345678", "12.345678 万元"},
		{"cost", "1.2345678", "!小数太多"},
		{"hours", "3.5", "3.5 小时"},
		{"hours", "90分钟", "1.5 小时"},
		{"condition", "良好", "良好"},
		{"condition", "不错", "!可以是良好、一般、待修、停用"},
		{"built", "2019年5月1日", "2019年5月1日"},
		{"built", "2019-13-01", "!没有这一天"},
		{"keeper", strings.Repeat("张", 81), "!有 81 个字"},
		{"keeper", " 王建国 ", "王建国"},
	} {
		d, ok := r.Field(one.field)
		if !ok {
			t.Fatalf("no field %s", one.field)
		}
		v, err := d.Read(one.text)
		if want, bad := strings.CutPrefix(one.want, "!"); bad {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s «%s»: %v, want %s", one.field, one.text, err, want)
			}
			continue
		}
		if err != nil || d.Words(v) != one.want {
			t.Errorf("%s «%s» is %q (%v), want %q", one.field, one.text, d.Words(v), err, one.want)
		}
		if again, err := d.Read(d.String(v)); err != nil || !again.Equal(v) {
			t.Errorf("%s «%s»: %q is read as %+v (%v)", one.field, one.text, d.String(v), again, err)
		}
	}
}
