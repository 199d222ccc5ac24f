package desk

import "shilu/internal/kit/day"

// SettleProofs is the job that settles anew what the records of a kind lack, from a day on: the rules of papers have changed.
type SettleProofs struct {
	Of   string  `json:"of"`
	From day.Day `json:"from"`
}

// Kind names the work.
func (SettleProofs) Kind() string { return "papers.settle" }
