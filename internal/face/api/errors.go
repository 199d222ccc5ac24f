package api

import (
	"errors"

	"shilu/internal/kit/errs"
)

func asError(err error, target **errs.Error) bool { return errors.As(err, target) }

func noWords(name string) error { return errs.E(errs.NotFound, "没有叫「%s」的词典", name) }
