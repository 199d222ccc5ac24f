package access

import (
	"bufio"
	"context"
	"crypto/rand"
	_ "embed"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"

	"shilu/internal/kit/errs"
)

// Cost is what hashing a password costs: 46 MB and some 50 ms (OWASP's first choice for argon2id). Tests make it cheap.
// A stored password keeps the cost that it was made with.
var Cost = argon2id.Params{Memory: 46 << 10, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// At most one hash a processor is computed at a time, and only so many callers wait: a flood of sign-ins must neither eat the
// memory nor hold up those who are signed in.
var (
	hashing = make(chan struct{}, runtime.NumCPU())
	waiting = make(chan struct{}, 200)
)

// guarded runs a hash computation in its turn. Unavailable when too many wait already.
func guarded(ctx context.Context, fn func() error) error {
	select {
	case waiting <- struct{}{}:
		defer func() { <-waiting }()
	default:
		return errs.E(errs.Unavailable, "现在登录的人太多，请过一分钟再试")
	}
	select {
	case hashing <- struct{}{}:
		defer func() { <-hashing }()
	case <-ctx.Done():
		return ctx.Err()
	}
	return fn()
}

func hashPassword(ctx context.Context, password string) (hash string, err error) {
	err = guarded(ctx, func() error {
		cost := Cost
		hash, err = argon2id.CreateHash(password, &cost)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("hash a password: %w", err)
	}
	return hash, nil
}

// Secret is a password for an account, hashed. It is made before the transaction that gives it to the account: hashing waits its
// turn, and a transaction that waited too would hold up all who write.
type Secret struct {
	password string // a one-time one, to be handed over; "" when the person has chosen his own
	hash     string
	err      error // for whoever uses it
}

// NewSecret hashes a password that somebody has just chosen or, when that is "", a one-time one. That it could not is said by what
// the secret is given to.
func NewSecret(ctx context.Context, chosen string) (s Secret) {
	if chosen == "" {
		s.password = oneTime()
	}
	s.hash, s.err = hashPassword(ctx, chosen+s.password)
	return s
}

func matches(ctx context.Context, password, hash string) (ok bool, err error) {
	err = guarded(ctx, func() error {
		ok, err = argon2id.ComparePasswordAndHash(password, hash)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("check a password: %w", err)
	}
	return ok, nil
}

// nobody is a hash that no password is meant to fit. Checking it takes as long as checking a real one, so that the time of a
// refusal does not tell which login names exist.
var nobody = sync.OnceValues(func() (string, error) {
	cost := Cost
	return argon2id.CreateHash(rand.Text(), &cost)
})

const (
	shortest     = 8   // characters (domain.md, 5.2)
	longest      = 128 // more only costs time
	classesAsked = 3
	remembered   = 5 // passwords that must not come back, the present one among them
)

//go:embed weak.txt
var weakText string

// weak are passwords that fit the rules and stand in every list of guesses, bare.
var weak = sync.OnceValue(func() map[string]bool {
	all := make(map[string]bool)
	for lines := bufio.NewScanner(strings.NewReader(weakText)); lines.Scan(); {
		if line := strings.TrimSpace(lines.Text()); line != "" && !strings.HasPrefix(line, "#") {
			all[bare(line)] = true
		}
	}
	return all
})

// CheckPassword tells what is wrong with a new password (domain.md, 5.2): at least 8 characters, three of four classes, not the
// login name or the telephone, not a common one. All faults are told at once, as the field "password".
func CheckPassword(password, login, phone string) error {
	var wrong errs.Fields
	if n := utf8.RuneCountInString(password); n < shortest {
		wrong.Add("password", "密码至少 %d 位，现在只有 %d 位", shortest, n)
	} else if n > longest {
		wrong.Add("password", "密码最多 %d 位，现在有 %d 位", longest, n)
	}
	if classes(password) < classesAsked {
		wrong.Add("password", "大写字母、小写字母、数字和符号，密码里至少要有三种")
	}
	lower := strings.ToLower(password)
	if login != "" && strings.Contains(lower, strings.ToLower(login)) || phone != "" && strings.Contains(lower, phone) {
		wrong.Add("password", "密码里不能有登录名或手机号")
	}
	if weak()[bare(password)] || distinct(lower) < 5 {
		wrong.Add("password", "这个密码太常见，容易被猜到，请换一个")
	}
	return wrong.Err()
}

// classes counts the kinds of characters; a Chinese character counts as a sign.
func classes(s string) int {
	var upper, lower, digit, sign int
	for _, r := range s {
		switch {
		case r >= 'A' && r <= 'Z':
			upper = 1
		case r >= 'a' && r <= 'z':
			lower = 1
		case unicode.IsDigit(r):
			digit = 1
		default:
			sign = 1
		}
	}
	return upper + lower + digit + sign
}

// bare is a password in lower case without its signs: Admin@123 and admin123! are the same guess.
func bare(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, strings.ToLower(s))
}

func distinct(s string) int {
	seen := make(map[rune]bool)
	for _, r := range s {
		seen[r] = true
	}
	return len(seen)
}

// oneTime makes a password to be handed over on paper or by telephone: 12 characters that cannot be mistaken for each other.
func oneTime() string {
	const letters = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
	for {
		var random [12]byte
		_, _ = rand.Read(random[:]) // never fails (crypto/rand)
		var b strings.Builder
		for i, c := range random {
			if i == 4 || i == 8 {
				b.WriteByte('-')
			}
			b.WriteByte(letters[int(c)%len(letters)])
		}
		if s := b.String(); classes(s) == 4 { // the bias of the remainder costs less than a bit
			return s
		}
	}
}
