package api

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/indicator"
	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/core/register"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
	"shilu/internal/kit/web"
)

// checkpoint is a signed state of the ledger.
type checkpoint struct {
	Size int64  `json:"size" label:"台账的前多少条"`
	Root string `json:"root" label:"根，base64"`
	At   string `json:"at" label:"何时签"`
	Note string `json:"note" label:"签过的原文；留在外面，日后能证明有没有改过"`
}

// standing is where the ledger stands.
type standing struct {
	Size       int64    `json:"size" label:"已编号的账目"`
	Waiting    int64    `json:"waiting" label:"等编号的账目"`
	PublicKeys []string `json:"public_keys" label:"验签的公钥"`
	Verified   *checked `json:"verified,omitempty" label:"最近一次核对台账；没有就是没核对过"`
}

type checked struct {
	At   string `json:"at" label:"何时"`
	Name string `json:"name" label:"谁让核对的"`
	Says string `json:"says" label:"结果"`
}

var (
	checkpointShape  = register.ShapeOf[checkpoint]()
	checkpointsShape = register.ShapeOf[listed[checkpoint]]()
	standingShape    = register.ShapeOf[standing]()
	proofShape       = register.ShapeOf[proof]()
)

// proof proves to a stranger that a fact is in the log that a checkpoint signs.
type proof struct {
	Seq        int64           `json:"seq" label:"第几条"`
	Leaf       json.RawMessage `json:"leaf" label:"账目的原文；对它的字节算哈希"`
	Proof      json.RawMessage `json:"proof" label:"到根的哈希"`
	Checkpoint string          `json:"checkpoint" label:"存证点的原文"`
}

func (a *API) ledgerOperations() []operation {
	all := []operation{
		{method: "GET", path: "/ledger", right: desk.SignedIn, handler: a.ledger, id: "ledger", title: "看台账的情况", answer: standingShape},
		{method: "GET", path: "/ledger/checkpoints", right: desk.SignedIn, handler: a.checkpoints, id: "checkpoints", title: "看存证点", query: pageParameters, answer: checkpointsShape},
		{method: "GET", path: "/ledger/checkpoints/{size}", right: desk.SignedIn, handler: a.checkpoint, id: "checkpoint", title: "看一个存证点", answer: checkpointShape},
		{method: "GET", path: "/figures/{code}/facts/{fact}/proof", right: string(access.Read), handler: a.proof, id: "fact_proof", title: "取一条账目的证明", query: scopeParameters, answer: proofShape},
	}
	for i := range all {
		all[i].tag = "台账"
	}
	return all
}

func checkpointOf(c log.Checkpoint) checkpoint {
	return checkpoint{c.Size, c.Root, instant(c.At), c.Note}
}

func (a *API) ledger(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	var s standing
	if err := a.Desk.DB.View(ctx, func(tx *db.Tx) (err error) {
		if s.Size, err = log.Size(ctx, tx, log.Ledger); err != nil {
			return err
		}
		if s.Waiting, err = log.Waiting(ctx, tx, log.Ledger); err != nil {
			return err
		}
		if s.PublicKeys, err = log.PublicKeys(ctx, tx); err != nil {
			return err
		}
		last, err := access.LastOf(ctx, tx, org.Of(ctx), desk.VerifiedEvent)
		if errs.Is(err, errs.NotFound) {
			return nil
		}
		s.Verified = &checked{instant(last.At), last.Name, last.Reason}
		return err
	}); err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, s)
}

func (a *API) checkpoints(w http.ResponseWriter, r *http.Request) error {
	ctx, q := r.Context(), ask(r, pageParameters)
	limit := q.limit()
	var before int64
	q.cursor(&before)
	if err := q.wrong.Err(); err != nil {
		return err
	}
	var all []checkpoint
	if err := a.Desk.DB.View(ctx, func(tx *db.Tx) error {
		found, err := log.Checkpoints(ctx, tx, log.Ledger, before, limit+1)
		for _, c := range found {
			all = append(all, checkpointOf(c))
		}
		return err
	}); err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, paged(all, limit, func(last checkpoint) any { return last.Size }))
}

func (a *API) checkpoint(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	size, err := strconv.ParseInt(r.PathValue("size"), 10, 64)
	if err != nil {
		return errs.E(errs.NotFound, "没有这个存证点")
	}
	var c log.Checkpoint
	if err := a.Desk.DB.View(ctx, func(tx *db.Tx) error {
		c, err = log.CheckpointAt(ctx, tx, log.Ledger, size)
		return err
	}); err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, checkpointOf(c))
}

// proof proves a fact of a figure, for who may see the fact.
func (a *API) proof(w http.ResponseWriter, r *http.Request) error {
	q, fact := ask(r, scopeParameters), r.PathValue("fact")
	if !id.Valid(fact) {
		return errs.E(errs.NotFound, "这个数里没有这条账目，或你无权查看")
	}
	var out log.Inclusion
	if err := a.scoped(r, q, func(ctx context.Context, tx *db.Tx, scope indicator.Scope, _ *org.Tree) error {
		t, err := a.Desk.Indicators.Trace(ctx, tx, scope, r.PathValue("code"), indicator.Options{Limit: 1, Fact: fact})
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(t.Lines, func(l indicator.Line) bool { return l.ID == fact }) {
			return errs.E(errs.NotFound, "这个数里没有这条账目，或你无权查看")
		}
		if l := t.Lines[0]; l.Seq < 0 || l.Seq >= t.Sealed.Size {
			return errs.E(errs.NotFound, "这条账目还没有编号，等下一个存证点再下载")
		}
		out, err = a.Keeper.Prove(ctx, tx, t.Sealed, fact)
		return err
	}); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false) // and no indent: a leaf is hashed byte by byte
	return enc.Encode(out)
}
