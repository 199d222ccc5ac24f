package board

import (
	"context"
	"math/big"

	"shilu/internal/core/indicator"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
)

// Tile is a place in the grid: where it stands, from 1, its figure, and the class of its colour, from 0; -1 without a number.
type Tile struct {
	Place    org.Place
	Row, Col int
	Class    int
	Figure   indicator.Figure
	Note     string // 含原××乡
}

// Tiles are the places below that of a scope with their figures. Where they stand is data of the places (org.SetTile); a place
// without a position stands below the others, in the order of the list.
type Tiles struct {
	Scope      indicator.Scope
	Def        indicator.Def
	Tiles      []Tile
	Own        *indicator.Figure // what stands in none of them: 县直
	OwnName    string
	Placed     bool // some have positions
	Rows, Cols int
	Bounds     []*big.Rat // where the classes above the lowest begin; none when every figure is 0
	Sum        *big.Rat   // of all parts, nil where parts cannot be added up
}

// classes is how many colours the tiles have (LOOK.md, section 5).
const classes = 5

// perRow is how many places without positions stand in a row.
const perRow = 4

// TilesOf computes the tiles of a figure in a scope without a unit. Whether the actor may see the scope is asked by the caller
// (indicator.Sight).
func TilesOf(ctx context.Context, tx *db.Tx, c *indicator.Catalogue, tree *org.Tree, scope indicator.Scope, code string) (Tiles, error) {
	t := Tiles{Scope: scope}
	rows, err := c.Breakdown(ctx, tx, scope, indicator.PerTownship, code)
	if err != nil {
		return t, err
	}
	most, sum := new(big.Rat), new(big.Rat)
	for _, r := range rows {
		f := r.Figures[0]
		t.Def = f.Def
		if f.Value != nil {
			sum.Add(sum, f.Value)
		}
		if r.Own {
			t.Own, t.OwnName = &f, r.Name
			continue
		}
		if r.Scope != nil {
			f.Scope = *r.Scope
		}
		if f.Value != nil && f.Value.Cmp(most) > 0 {
			most = f.Value
		}
		t.Tiles = append(t.Tiles, Tile{Place: tree.Place(r.Key), Figure: f, Note: r.Note})
	}
	if t.Def.Adds() {
		t.Sum = sum
	}
	t.place()
	t.classify(most)
	return t, nil
}

// place puts the tiles on the grid, its first row and column being those that are used.
func (t *Tiles) place() {
	top, left := 0, 0
	for _, tile := range t.Tiles {
		if p := tile.Place; p.Row > 0 && p.Col > 0 {
			if !t.Placed {
				top, left = p.Row, p.Col
			}
			t.Placed = true
			top, left = min(top, p.Row), min(left, p.Col)
		}
	}
	if t.Placed {
		for i := range t.Tiles {
			if p := t.Tiles[i].Place; p.Row > 0 && p.Col > 0 {
				t.Tiles[i].Row, t.Tiles[i].Col = p.Row-top+1, p.Col-left+1
				t.Rows, t.Cols = max(t.Rows, t.Tiles[i].Row), max(t.Cols, t.Tiles[i].Col)
			}
		}
	} else {
		t.Cols = min(perRow, len(t.Tiles))
	}
	used := t.Rows
	n := 0
	for i := range t.Tiles {
		if t.Tiles[i].Row == 0 {
			t.Tiles[i].Row, t.Tiles[i].Col = used+1+n/t.Cols, 1+n%t.Cols
			t.Rows = max(t.Rows, t.Tiles[i].Row)
			n++
		}
	}
}

// classify gives every tile its class by equal steps from 0, whose width is a round number.
func (t *Tiles) classify(most *big.Rat) {
	step := roundStep(most, t.Def.Decimals)
	for i := range t.Tiles {
		f := t.Tiles[i].Figure
		switch {
		case f.Value == nil:
			t.Tiles[i].Class = -1
		case step != nil:
			n := new(big.Rat).Quo(f.Value, step)
			whole := new(big.Int).Quo(n.Num(), n.Denom())
			t.Tiles[i].Class = int(max(0, min(whole.Int64(), classes-1)))
		}
	}
	if step == nil {
		return
	}
	for i := int64(1); i < classes; i++ {
		t.Bounds = append(t.Bounds, new(big.Rat).Mul(step, big.NewRat(i, 1)))
	}
}

// roundStep is the smallest of 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8 times a power of ten of which the classes hold most, and which the
// decimals of the figures can say; nil for 0.
func roundStep(most *big.Rat, decimals int) *big.Rat {
	if most.Sign() <= 0 {
		return nil
	}
	least := big.NewRat(1, 1) // what the decimals can say
	for range decimals {
		least.Quo(least, big.NewRat(10, 1))
	}
	for unit := new(big.Rat).Set(least); ; unit.Mul(unit, big.NewRat(10, 1)) {
		for _, tenths := range []int64{10, 15, 20, 25, 30, 40, 50, 60, 80} {
			step := new(big.Rat).Mul(unit, big.NewRat(tenths, 10))
			if !new(big.Rat).Quo(step, least).IsInt() {
				continue
			}
			if new(big.Rat).Mul(step, big.NewRat(classes, 1)).Cmp(most) > 0 {
				return step
			}
		}
	}
}
