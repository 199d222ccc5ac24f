package certs

import (
	"crypto/tls"
	"errors"
	"log/slog"
	"os"
	"sync"
	"time"

	"shilu/internal/kit/errs"
)

// Files is a certificate that somebody else renews.
type Files struct {
	cert, key string
	every     time.Duration

	mu     sync.Mutex
	pair   *tls.Certificate
	stamps [2]stampOf
	looked time.Time
}

// stampOf is by what a changed file is known.
type stampOf struct {
	at   time.Time
	size int64
}

// FromFiles reads a certificate and its key (PEM) and reads them again when they have changed. Invalid when they do not belong together.
func FromFiles(cert, key string) (*Files, error) {
	f := &Files{cert: cert, key: key, every: 5 * time.Second}
	return f, f.read()
}

func (f *Files) read() error {
	stamps, err := f.stat()
	if err != nil {
		return err
	}
	pair, err := tls.LoadX509KeyPair(f.cert, f.key)
	if err != nil {
		return errs.E(errs.Invalid, "证书 %s 和私钥 %s 对不上或读不懂，请核对（PEM 格式）", f.cert, f.key).Because(err)
	}
	f.pair, f.stamps = &pair, stamps
	return nil
}

func (f *Files) stat() (stamps [2]stampOf, err error) {
	for i, name := range []string{f.cert, f.key} {
		info, err := os.Stat(name)
		if err != nil {
			return stamps, errs.E(errs.NotFound, "文件 %s 读不了，请核对路径和权限", name).Because(err)
		}
		stamps[i] = stampOf{info.ModTime(), info.Size()}
	}
	return stamps, nil
}

// Certificate gives the certificate as the files have it now. While new files cannot be read, the old one is used: a renewal writes
// one file after the other.
func (f *Files) Certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now() //nolint:forbidigo // files have the machine's clock
	if now.Sub(f.looked) < f.every {
		return f.pair, nil
	}
	f.looked = now
	stamps, err := f.stat()
	if err == nil && stamps != f.stamps {
		err = f.read()
	}
	if err != nil {
		var why *errs.Error
		if errors.As(err, &why) && why.Unwrap() != nil {
			err = errors.Join(err, why.Unwrap())
		}
		slog.Error("read the certificate again; the old one is used", slog.Any("error", err))
	}
	return f.pair, nil
}
