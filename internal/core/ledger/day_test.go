package ledger_test

import (
	"fmt"

	"shilu/internal/kit/day"
)

func ledgerDay(year, month, date int) day.Day {
	return day.Day(fmt.Sprintf("%04d-%02d-%02d", year, month, date))
}
