package xlsx

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"shilu/internal/kit/day"
)

// WriteCSV writes the header and the rows of the table in UTF-8 with a byte order mark, without which sheet programs
// take Chinese for GBK. A text that such a program would run as a formula gets an apostrophe in front, and one of more
// than 11 figures or with a leading zero a tab behind it, which keeps all its figures; reading takes both away again.
func WriteCSV(w io.Writer, t Table) error {
	b := bufio.NewWriterSize(w, 64<<10)
	if _, err := b.WriteString("\xef\xbb\xbf"); err != nil {
		return fmt.Errorf("write csv: %w", err)
	}
	c := csv.NewWriter(b)
	c.UseCRLF = true
	record := make([]string, 0, len(t.Columns))
	for _, column := range t.Columns {
		record = append(record, guard(column.Title))
	}
	if err := c.Write(record); err != nil {
		return fmt.Errorf("write csv: %w", err)
	}
	if t.Rows != nil {
		for values, err := range t.Rows {
			if err != nil {
				return err
			}
			record = record[:0]
			for _, v := range values {
				record = append(record, field(v))
			}
			if err := c.Write(record); err != nil {
				return fmt.Errorf("write csv: %w", err)
			}
		}
	}
	c.Flush()
	if err := c.Error(); err != nil {
		return fmt.Errorf("write csv: %w", err)
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("write csv: %w", err)
	}
	return nil
}

func field(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return guard(v)
	case day.Day:
		return string(v)
	case int:
		return strconv.Itoa(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strings.ToUpper(strconv.FormatBool(v))
	}
	return guard(fmt.Sprint(v))
}

func guard(s string) string {
	s = clean(s)
	if formula(strings.TrimLeft(s, "'")) {
		return "'" + s
	}
	if len(s) > 1 && strings.Trim(s, "0123456789") == "" && (s[0] == '0' || len(s) > 11) {
		return s + "\t"
	}
	return s
}
