package console

import (
	"fmt"
	"strings"
	"testing"
)

func TestHostsOfStrangersFillNoMemory(t *testing.T) {
	var c hostCache
	c.put("shilu.yunling.cn", "a1")
	if got, ok := c.get("shilu.yunling.cn"); !ok || got != "a1" {
		t.Fatalf("%q %v", got, ok)
	}
	long := strings.Repeat("a", 20_000)
	for i := range 10 * mostHosts {
		c.put(fmt.Sprint("h", i), "a1")
		c.put(long+fmt.Sprint(i), "a1")
		if len(c.by) > mostHosts {
			t.Fatalf("%d hosts are kept", len(c.by))
		}
	}
	if _, ok := c.get(long + "0"); ok {
		t.Error("a name that is none is kept")
	}
}
