package console

import "sync"

// What the cache of hosts may hold: anybody can send any name, and with one association each is its own.
const (
	mostHosts   = 64
	longestHost = 255 // no name in the DNS is longer (RFC 1035); a port may follow, such a name is asked for anew each time
)

// hostCache remembers whose address a host is: id of its association by host. Beyond its bounds it forgets and asks anew.
type hostCache struct {
	sync.RWMutex
	by map[string]string
}

func (c *hostCache) get(host string) (association string, ok bool) {
	c.RLock()
	defer c.RUnlock()
	association, ok = c.by[host]
	return association, ok
}

func (c *hostCache) put(host, association string) {
	if len(host) > longestHost {
		return
	}
	c.Lock()
	defer c.Unlock()
	if c.by == nil || len(c.by) >= mostHosts {
		c.by = make(map[string]string, mostHosts)
	}
	c.by[host] = association
}
