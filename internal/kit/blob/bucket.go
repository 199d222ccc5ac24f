package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
)

// Bucket is where the files of several copies of the program are: storage that speaks the S3 protocol. The folder of a store with
// a bucket is only a copy of what was used lately and may be lost.
type Bucket struct {
	client       *minio.Client
	name, prefix string
}

// bucketTimeout bounds one request without a body of its own: a storage that does not answer must not hold the program.
const bucketTimeout = 30 * time.Second

// Dial finds the bucket of an address: s3://KEY:SECRET@host[:port]/bucket[/folder]?region=…&tls=off. Key and secret are escaped as in
// any address. Invalid when the address is not understood, Unavailable when the storage does not answer or has no such bucket.
func Dial(ctx context.Context, address string) (*Bucket, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "s3" || u.Host == "" || u.User == nil {
		return nil, errs.E(errs.Invalid, "文件的存放地址看不懂，应写成 s3://KEY:SECRET@主机/桶") // the cause may hold the secret
	}
	name, prefix, _ := strings.Cut(strings.Trim(u.Path, "/"), "/")
	if name == "" {
		return nil, errs.E(errs.Invalid, "文件的存放地址没有写桶名，应写成 s3://KEY:SECRET@主机/桶")
	}
	secret, _ := u.User.Password()
	client, err := minio.New(u.Host, &minio.Options{Creds: credentials.NewStaticV4(u.User.Username(), secret, ""), Secure: u.Query().Get("tls") != "off",
		Region: u.Query().Get("region"), BucketLookup: minio.BucketLookupPath, MaxRetries: 3})
	if err != nil {
		return nil, errs.E(errs.Invalid, "文件的存放地址不能用：%s", err.Error())
	}
	b := &Bucket{client, name, prefix}
	ctx, cancel := context.WithTimeout(ctx, bucketTimeout)
	defer cancel()
	switch there, err := client.BucketExists(ctx, name); {
	case err != nil:
		return nil, errs.E(errs.Unavailable, "文件存储 %s 连不上或不让进，请检查网络、密钥和时钟", u.Host).Because(err)
	case !there:
		return nil, errs.E(errs.Unavailable, "文件存储 %s 上没有桶「%s」，请先建好", u.Host, name)
	}
	return b, nil
}

// OpenBucket is Open with the files in a bucket.
func OpenBucket(dir string, b *Bucket) (*Store, error) {
	s, err := Open(dir)
	if err == nil {
		s.bucket = b
	}
	return s, err
}

func (b *Bucket) key(space, hash string) string {
	return path.Join(b.prefix, space, hash[:2], hash[2:4], hash)
}

// has reports whether the bucket has the file in its full length.
func (b *Bucket) has(ctx context.Context, space, hash string, size int64) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, bucketTimeout)
	defer cancel()
	info, err := b.client.StatObject(ctx, b.name, b.key(space, hash), minio.StatObjectOptions{})
	if gone(err) {
		return false, nil
	}
	return err == nil && info.Size == size, err
}

// put sends a file that is read from its beginning.
func (b *Bucket) put(ctx context.Context, space, hash string, f *os.File, size int64) error {
	if there, err := b.has(ctx, space, hash, size); err != nil || there {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	_, err := b.client.PutObject(ctx, b.name, b.key(space, hash), f, size, minio.PutObjectOptions{ContentType: "application/octet-stream", DisableMultipart: true})
	return err
}

// read copies a file to w and reports whether it was what its name says. NotFound when the bucket has none.
func (b *Bucket) read(ctx context.Context, space, hash string, w io.Writer) (bool, error) {
	o, err := b.client.GetObject(ctx, b.name, b.key(space, hash), minio.GetObjectOptions{})
	if err != nil {
		return false, fmt.Errorf("read file %s: %w", hash[:12], err)
	}
	defer func() { _ = o.Close() }()
	sum := sha256.New()
	_, err = io.Copy(io.MultiWriter(w, sum), cancelled{ctx, o})
	if gone(err) {
		return false, missing(hash, err)
	}
	if err != nil {
		return false, fmt.Errorf("read file %s: %w", hash[:12], err)
	}
	return hex.EncodeToString(sum.Sum(nil)) == hash, nil
}

// delete removes a file; that there is none is no error.
func (b *Bucket) delete(ctx context.Context, space, hash string) error {
	ctx, cancel := context.WithTimeout(ctx, bucketTimeout)
	defer cancel()
	err := b.client.RemoveObject(ctx, b.name, b.key(space, hash), minio.RemoveObjectOptions{})
	if gone(err) {
		return nil
	}
	return err
}

// gone reports whether the bucket said that there is no such file.
func gone(err error) bool {
	return err != nil && (minio.ToErrorResponse(err).Code == minio.NoSuchKey || minio.ToErrorResponse(err).StatusCode == http.StatusNotFound)
}

// fetch brings a file from the bucket into the folder. One that is not what its name says is refused: Conflict.
func (s *Store) fetch(ctx context.Context, space, hash string) error {
	name := filepath.Join(s.dir, incoming, id.New())
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("keep a file: %w", err)
	}
	defer func() { _ = os.Remove(name) }()
	good, err := s.bucket.read(ctx, space, hash, f)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if !good {
		return errs.E(errs.Conflict, "存储里的文件坏了，请从备份恢复（%s）", hash[:12])
	}
	final := s.path(space, hash)
	if err := os.MkdirAll(filepath.Dir(final), 0o700); err != nil {
		return fmt.Errorf("keep a file: %w", err)
	}
	return os.Rename(name, final)
}

// sweepCopies removes the copies of files in the bucket, and what was derived from them, that nobody has used since the instant.
func (s *Store) sweepCopies(before time.Time) error {
	return filepath.WalkDir(s.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if d != nil && d.IsDir() && d.Name() == incoming {
				return fs.SkipDir
			}
			return err
		}
		if info, err := d.Info(); err == nil && info.ModTime().Before(before) {
			_ = os.Remove(path) // one that is open may refuse; the next sweep takes it
		}
		return nil
	})
}
