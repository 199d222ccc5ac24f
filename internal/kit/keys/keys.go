// Package keys has the installation's master key. It wraps the keys that are stored in the database (the associations' signing
// keys, the keys of personal fields), so that a copy of the database alone opens nothing. Backups never hold it.
package keys

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"shilu/internal/kit/errs"
)

// File is the master key's file in the data folder, Env the variable that stands for it.
const (
	File = "master.key"
	Env  = "SHILU_KEY"
)

const size = 32

// Master is the master key. It has no way to print itself.
type Master struct{ secret [size]byte }

// New makes a random master key.
func New() Master {
	var m Master
	if _, err := rand.Read(m.secret[:]); err != nil {
		panic(err) // crypto/rand never fails on a supported system
	}
	return m
}

// Create makes the master key's file in the data folder, readable by its owner only. Conflict when there is one already: a
// second one would lock out all that the first has wrapped.
func Create(dir string) (Master, error) {
	m := New()
	name := filepath.Join(dir, File)
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return Master{}, errs.E(errs.Conflict, "%s 已经有主密钥，不能再建一个", name)
	}
	if err != nil {
		return Master{}, fmt.Errorf("make the master key: %w", err)
	}
	_, err = f.WriteString(m.Text() + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		_ = os.Remove(name)
		return Master{}, fmt.Errorf("write the master key: %w", err)
	}
	return m, nil
}

// Load takes the master key from env (the value of SHILU_KEY) or, when that is empty, from the file in the data folder.
// NotFound when there is neither, Invalid when it is no key.
func Load(dir, env string) (Master, error) {
	if env != "" {
		return Parse(env)
	}
	name := filepath.Join(dir, File)
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return Master{}, errs.E(errs.NotFound, "没有主密钥：%s 不在，也没有设 %s；请把备份时另存的主密钥放回来", name, Env)
	}
	if err != nil {
		return Master{}, fmt.Errorf("read the master key: %w", err)
	}
	return Parse(string(text))
}

// Parse reads what Text writes.
func Parse(text string) (Master, error) {
	var m Master
	b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil || len(b) != size {
		return m, errs.E(errs.Invalid, "这不是主密钥：应为 %d 字节的 base64 文本", size).Because(err)
	}
	copy(m.secret[:], b)
	return m, nil
}

// Text is the key itself, for its file and for the paper in the safe. It is base64.
func (m Master) Text() string { return base64.StdEncoding.EncodeToString(m.secret[:]) }

// String keeps the key out of logs.
func (m Master) String() string { return "master key " + m.ID() }

// GoString does so for %#v.
func (m Master) GoString() string { return m.String() }

// ID tells one master key from another and gives nothing away.
func (m Master) ID() string { return hex.EncodeToString(m.derive("shilu key id")[:4]) }

// derive makes the key of one purpose, so that what was wrapped for one is never taken for another.
func (m Master) derive(purpose string) []byte {
	k, err := hkdf.Key(sha256.New, m.secret[:], nil, purpose, size)
	if err != nil {
		panic(err) // only for a length that is out of bounds
	}
	return k
}

func (m Master) aead(purpose string) cipher.AEAD {
	block, err := aes.NewCipher(m.derive("shilu wrap " + purpose))
	if err != nil {
		panic(err) // only for a wrong key length
	}
	gcm, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err)
	}
	return gcm
}

// Wrap encrypts a key (AES-256-GCM, random nonce) for a purpose such as "signing/<association>". It gives base64 text.
func (m Master) Wrap(purpose string, secret []byte) string {
	return base64.StdEncoding.EncodeToString(m.aead(purpose).Seal(nil, nil, secret, nil))
}

// Unwrap opens what Wrap made for the same purpose. Forbidden when this is another master key or the text was changed.
func (m Master) Unwrap(purpose, wrapped string) ([]byte, error) {
	b, err := base64.StdEncoding.DecodeString(wrapped)
	if err == nil {
		b, err = m.aead(purpose).Open(nil, nil, b, nil)
	}
	if err != nil {
		return nil, errs.E(errs.Forbidden, "主密钥（%s）打不开这把密钥：不是建库时的那一把，或者库里的密钥被改过", m.ID()).Because(err)
	}
	return b, nil
}
