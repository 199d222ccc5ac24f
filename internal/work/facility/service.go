package facility

import (
	"context"
	"slices"
	"strings"

	"shilu/internal/core/access"
	"shilu/internal/core/evidence"
	"shilu/internal/core/flow"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
	"shilu/internal/kit/zh"
)

// Service has the use cases of facilities and of their logs.
type Service struct {
	*register.Book[Facility, Words]
	Logs      *register.Book[Log, Words]
	Catalogue Catalogue
}

// Record is a facility with all that its page shows.
type Record = register.Record[Facility, Words]

// LogRecord is a log with all that its page shows.
type LogRecord = register.Record[Log, Words]

// New makes the service of a database, with the kinds of facilities and the papers that they need.
func New(d *db.DB, c Catalogue, papers evidence.Rules) *Service {
	s := &Service{Catalogue: c}
	s.Book = &register.Book[Facility, Words]{DB: d, Papers: papers, Kind: Kind, Prefix: Prefix, FactsVersion: FactsVersion, Words: words(c),
		Head: func(f Facility) flow.Head { return f.head(c) }, Search: Facility.search, Code: settle, Keep: keepKey, Wrong: Facility.wrong, Warnings: Facility.warnings, Doubts: s.fallingOut, Similar: s.similar, NotYet: Facility.notYet, Then: s.retell, Path: c.path, Sorts: map[string]string{"start": "c.start_day"},
		Facts:   func(f Facility) []ledger.Fact { return f.facts(c.On) },
		Subkind: func(f Facility) string { return f.Kind },
		Options: c.options(),
		Fields:  fieldsOf(c),
		Row: register.Row[Facility]{Table: "facility", Columns: strings.Split(columns, ", "),
			Values: func(f Facility) []any { return f.row(c) }}}
	s.Logs = &register.Book[Log, Words]{DB: d, Papers: papers, Kind: LogKind, Prefix: LogPrefix, FactsVersion: LogFactsVersion, Words: words(c),
		Head: Log.head, Now: Log.now, Search: Log.search, Beside: s.besides, Code: s.settleLog, Wrong: Log.wrong, Similar: s.similarLogs, NotYet: Log.notYet, Path: c.path,
		Facts:   func(l Log) []ledger.Fact { return l.facts(c.On(l.Day)) },
		Subkind: func(l Log) string { return l.Kind },
		Options: c.logOptions(),
		Fields:  logFieldsOf(c),
		Row:     register.Row[Log]{Table: "facility_log", Columns: strings.Split(logColumns, ", "), Values: Log.row}}
	return s
}

// head is what the facility puts into the head of its record: where and whose it is after all its changes.
func (f Facility) head(c Catalogue) flow.Head {
	h := flow.Head{Title: f.Name, Unit: f.Unit, Place: f.Place, Day: f.Start, Life: string(f.Stage)}
	if steps := f.timeline(); len(steps) > 0 {
		last := steps[len(steps)-1]
		h.Unit, h.Place, h.Day, h.Life = last.Unit, last.Place, last.day, f.life(c)
	}
	return h
}

// What has become of a facility in use.
const (
	Retired = "retired" // 已停用
	Broken  = "broken"  // 待修
)

// life is how far it has come and, once in use, how it is: in_use, broken, retired.
func (f Facility) life(c Catalogue) string {
	steps := f.timeline()
	if len(steps) == 0 {
		return string(f.Stage)
	}
	last := steps[len(steps)-1]
	rules := c.On(last.day)
	k, _ := rules.Kind(f.Kind)
	switch {
	case !last.Standing:
		return Retired
	case !last.works(k, rules):
		return Broken
	}
	return string(InUse)
}

// search are the words by which a facility is found, beside number and title.
func (f Facility) search(w Words) string {
	now := f.Last()
	words := []string{w.kindName(f.Kind), w.Tree.PlaceName(now.Place), now.Spot}
	for _, code := range []string{"keeper", "equipment", "staff_names", "theme"} {
		if v := now.Values[code]; v != nil {
			words = append(words, v.Text)
		}
	}
	return strings.Join(words, " ")
}

// notYet refuses to verify what lies ahead.
func (f Facility) notYet(today day.Day) error {
	for _, s := range f.timeline() {
		if s.day > today {
			return errs.E(errs.Conflict, "%s还没有到，到了再核实", s.day.Short(today))
		}
	}
	return nil
}

// keepKey sets the key by which a facility is counted: made for a new one, and the same ever after, whatever was sent. Who could choose it
// could let two count as one.
func keepKey(_ context.Context, _ *db.Tx, _ string, was, f *Facility, _ Words) error {
	if f.Key = id.New(); was != nil && was.Key != "" {
		f.Key = was.Key
	}
	return nil
}

// settle fills in what follows from the rest: the stage, and the villages of its places.
func settle(_ context.Context, _ *db.Tx, f *Facility, w Words, _ bool) error {
	if f.Stage == "" {
		f.Stage = InUse
	}
	f.Village = villageOf(w.Tree, f.Place)
	changes := make([]Change, len(f.Changes))
	for i, c := range f.Changes {
		if c.Site != nil {
			at := *c.Site
			at.Village = villageOf(w.Tree, at.Place)
			c.Site = &at
		}
		changes[i] = c
	}
	if f.Changes = changes; len(changes) == 0 {
		f.Changes = nil
	}
	return nil
}

// villageOf is the village or community that a place is or lies in; "" where it is neither.
func villageOf(tree *org.Tree, place string) string {
	for p := tree.Place(place); p.ID != ""; p = tree.Place(p.Parent) {
		if p.Level == org.LevelVillage {
			return p.ID
		}
	}
	return ""
}

// similar finds facilities that may be the same one: the same kind and name in the same place, and not voided.
func (s *Service) similar(ctx context.Context, tx *db.Tx, f Facility, not string) ([]flow.Head, error) {
	if f.Name == "" || f.Place == "" {
		return nil, nil
	}
	return s.Heads(ctx, tx, 5, "c.facility_kind = ? AND r.title = ? AND r.place = ? AND r.state <> 'voided' AND r.id <> ?", f.Kind, f.Name, f.Last().Place, not)
}

// head is what a log puts into the head of its record.
func (l Log) head() flow.Head {
	return flow.Head{Title: l.Name, Unit: l.Unit, Place: l.Place, Day: l.Day}
}

// now is head by what the facility was on that day as its record stands.
func (l Log) now() flow.Head {
	at := l.then()
	return flow.Head{Title: at.Name, Unit: at.Unit, Place: at.Place, Day: l.Day}
}

func (l Log) search(w Words) string {
	words := []string{w.Tree.PlaceName(l.then().Place)}
	if k, ok := w.Rules.Log(l.Kind); ok {
		words = append(words, k.Name)
	}
	for _, code := range []string{"topic", "person"} {
		if v := l.Values[code]; v != nil {
			words = append(words, v.Text)
		}
	}
	return strings.Join(words, " ")
}

// settleLog takes from the facility what the facts of a log need, as it was on the log's day.
func (s *Service) settleLog(ctx context.Context, tx *db.Tx, l *Log, w Words, _ bool) error {
	if l.Facility == "" {
		return nil
	}
	var wrong errs.Fields
	h, err := flow.Get(ctx, tx, s.Ref(l.Facility))
	if errs.Is(err, errs.NotFound) {
		wrong.Add("facility", "没有标识为「%s」的设施，请重新选", zh.Brief(l.Facility, 40))
		return wrong.Err()
	}
	if err != nil {
		return err
	}
	var f Facility
	if err := flow.Body(ctx, tx, h.Ref(), register.Current(h), &f); err != nil {
		return err
	}
	state := f.On(l.Day)
	l.Name, l.Of, l.Unit, l.Place = f.Name, f.Kind, state.Unit, state.Place
	switch {
	case h.State == flow.Voided:
		wrong.Add("facility", "「%s」已作废，请重新选", f.Name)
	case h.State == flow.Draft:
		wrong.Add("facility", "「%s」还是草稿，请先提交", f.Name)
	case f.Stage != InUse:
		wrong.Add("facility", "「%s」还没有启用，不能记", f.Name)
	case l.Day != "" && l.Day < f.Start:
		wrong.Add("day", "「%s」%s才启用，请核对日期", f.Name, f.Start.Long())
	case l.Day != "" && !state.Standing:
		wrong.Add("day", "「%s」到%s已经停用，请核对日期", f.Name, l.Day.Long())
	}
	return wrong.Err()
}

// besides fills in what the facilities of logs were on the logs' days, by the versions that stand, and how these stand.
func (s *Service) besides(ctx context.Context, tx *db.Tx, logs []*Log) error {
	var ids []string
	for _, l := range logs {
		if l.Facility != "" && !slices.Contains(ids, l.Facility) {
			ids = append(ids, l.Facility)
		}
	}
	facilities, states := map[string]Facility{}, map[string]flow.State{}
	for chunk := range slices.Chunk(ids, 400) {
		if err := flow.Still(ctx, tx, chunk...); err != nil {
			return err
		}
		if _, err := db.All(ctx, tx, func(scan db.Scanner) (f Facility, err error) {
			var record, state, body string
			if err = scan.Scan(&record, &state, &body); err == nil {
				f, err = register.Decode[Facility](body)
				facilities[record], states[record] = f, flow.State(state)
			}
			return f, err
		}, `SELECT r.id, r.state, v.body FROM record r JOIN record_version v ON v.association = r.association AND v.record = r.id AND v.version = `+flow.StandingVersion+`
			WHERE r.association = ? AND r.kind = ? AND r.id IN (?)`, org.Of(ctx), Kind, db.List(chunk)); err != nil {
			return err
		}
	}
	for _, l := range logs {
		f, ok := facilities[l.Facility]
		if !ok || l.Day == "" {
			l.Then = &Then{}
			continue
		}
		at := f.On(l.Day)
		l.Then = &Then{State: states[l.Facility], Key: f.Key, Name: f.Name, Of: f.Kind, Unit: at.Unit, Place: at.Place, Standing: at.Standing, Gallery: f.gallery(at, s.Catalogue.On(l.Day))}
	}
	return nil
}

// retell lets the ledger know anew what the logs of a facility say, once the version of it that stands has changed: they count
// where it was on their days.
func (s *Service) retell(ctx context.Context, tx *db.Tx, h flow.Head, why string) error {
	heads, err := db.All(ctx, tx, flow.Scan, "SELECT "+flow.Columns("r")+" FROM record r JOIN facility_log c ON c.association = r.association AND c.id = r.id "+
		"WHERE c.association = ? AND c.facility = ? ORDER BY c.day, c.id", org.Of(ctx), h.ID)
	if err != nil || len(heads) == 0 {
		return err
	}
	return s.Logs.Restand(ctx, tx, heads, why, retold)
}

// retold is what the program itself writes as the reason of a log that counts elsewhere.
var retold = access.Spoke("设施台账改了，日志按设施当天所在的地点算")

// fallsOut counts the logs on days on which a facility stands by the version that counts, and does not by the body: they will not count any
// more.
func (s *Service) fallsOut(ctx context.Context, tx *db.Tx, record string, f Facility) (int64, error) {
	h, err := flow.Get(ctx, tx, s.Ref(record))
	if errs.Is(err, errs.NotFound) { // it is to be made
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	var was Facility
	if err := flow.Body(ctx, tx, h.Ref(), h.Standing(), &was); err != nil {
		return 0, err
	}
	from, to := was.standingDays()
	begins, ends := f.standingDays()
	if begins <= from && to <= ends {
		return 0, nil
	}
	return db.One(ctx, tx, db.Value[int64], `SELECT COUNT(*) FROM facility_log c JOIN record r ON r.association = c.association AND r.id = c.id
		WHERE c.association = ? AND c.facility = ? AND c.day >= ? AND c.day < ? AND (c.day < ? OR c.day >= ?) AND r.state IN (?)`,
		org.Of(ctx), record, from, to, begins, ends, db.List{string(flow.Submitted), string(flow.Verified)})
}

// fallingOut says beforehand that logs will not count any more.
func (s *Service) fallingOut(ctx context.Context, tx *db.Tx, record string, f Facility) ([]errs.Field, error) {
	var all errs.Fields
	n, err := s.fallsOut(ctx, tx, record, f)
	if n > 0 {
		all.Add("start", "有 %d 条日志的日期不在启用期间了，核实后不再计入", n)
	}
	return all, err
}

// similarLogs finds logs that may say the same: of one kind, at one facility, on one day.
func (s *Service) similarLogs(ctx context.Context, tx *db.Tx, l Log, not string) ([]flow.Head, error) {
	if l.Facility == "" || l.Day == "" {
		return nil, nil
	}
	return s.Logs.Heads(ctx, tx, 5, "c.facility = ? AND c.log_kind = ? AND c.day = ? AND r.state <> 'voided' AND r.id <> ?", l.Facility, l.Kind, l.Day, not)
}
