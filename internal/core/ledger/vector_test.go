package ledger

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"shilu/internal/core/association"
	"shilu/internal/core/log"
)

var updateVector = flag.Bool("update", false, "write docs/ledger-vector.json anew")

const (
	vectorFile = "../../../docs/ledger-vector.json"
	vectorDoc  = "../../../docs/ledger.md"
	county     = "01920000-0000-7000-8000-000000000001"
)

// vector is a small log that docs/ledger.md works through, for whoever writes a program that checks one.
type vector struct {
	Association string        `json:"association"`
	Seed        string        `json:"signing_seed_hex"` // of the test key only: a real one never leaves the house
	PublicKey   string        `json:"public_key"`
	Leaves      []vectorLeaf  `json:"leaves"`
	Root        string        `json:"root"`
	Inclusion   log.Inclusion `json:"inclusion_of_leaf_1"`
}

type vectorLeaf struct {
	Text string `json:"text"`
	Hash string `json:"hash"`
}

// The facts of the vector: 约 161 人次 in 2026, and the correction that takes it back.
func vectorFacts() []leaf {
	fact := leaf{account: "01920000-0000-7000-8000-00000000000a", amount: 161, day: "2026-03-06", exactness: "about", factsVersion: 1,
		id: "01920000-0000-7000-8000-000000000f01", measure: "training.attendances",
		papers: papersHash([]string{strings.Repeat("ab", 32)}), place: "01920000-0000-7000-8000-0000000000b6", posted: 1773100800000,
		posting: "01920000-0000-7000-8000-000000000e01", record: "01920000-0000-7000-8000-000000000c01", recordHash: strings.Repeat("0c", 32),
		recordKind: "training", tags: Tags{{"subject", "核桃嫁接"}, {"kind", "short"}}.Text(), unit: "01920000-0000-7000-8000-0000000000a6", version: 1}
	back := fact
	back.id, back.amount, back.reverses = "01920000-0000-7000-8000-000000000f02", -161, fact.id
	back.posting, back.posted, back.version, back.reason = "01920000-0000-7000-8000-000000000e02", 1775606400000, 2, "签到册\"漏计\" 2 人"
	return []leaf{fact, back}
}

func makeVector(t *testing.T) vector {
	t.Helper()
	seed := bytes.Repeat([]byte{7}, ed25519.SeedSize)
	v := vector{Association: county, Seed: hex.EncodeToString(seed)}
	texts := [][]byte{[]byte(`{"at":1773100000000,"body":{"by":"zhoumin","from":"2026-01-01","name":"inexact_percent","value":"5"},"id":"01920000-0000-7000-8000-000000000d01","kind":"setting","log":"ledger"}`)}
	for _, l := range vectorFacts() {
		texts = append(texts, l.text())
	}
	var hashes []tlog.Hash
	reader := tlog.HashReaderFunc(func(at []int64) (out []tlog.Hash, err error) {
		for _, i := range at {
			out = append(out, hashes[i])
		}
		return out, nil
	})
	for i, text := range texts {
		v.Leaves = append(v.Leaves, vectorLeaf{string(text), tlog.RecordHash(text).String()})
		more, err := tlog.StoredHashes(int64(i), text, reader)
		if err != nil {
			t.Fatal(err)
		}
		hashes = append(hashes, more...)
	}
	root, err := tlog.TreeHash(3, reader)
	if err != nil {
		t.Fatal(err)
	}
	v.Root = root.String()
	key := ed25519.NewKeyFromSeed(seed)
	if v.PublicKey, err = note.NewEd25519VerifierKey("shilu/"+county, key.Public().(ed25519.PublicKey)); err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner("PRIVATE+KEY+shilu/" + county + "+" + strings.Split(v.PublicKey, "+")[1] + "+" + base64.StdEncoding.EncodeToString(append([]byte{1}, seed...)))
	if err != nil {
		t.Fatal(err)
	}
	signed, err := note.Sign(&note.Note{Text: fmt.Sprintf("shilu/%s/ledger\n3\n%s\nat 2026-04-08T00:00:00.000Z\n", county, v.Root)}, signer)
	if err != nil {
		t.Fatal(err)
	}
	proof, err := tlog.ProveRecord(3, 1, reader)
	if err != nil {
		t.Fatal(err)
	}
	v.Inclusion = log.Inclusion{Seq: 1, Leaf: texts[1], Proof: proof, Checkpoint: string(signed)}
	return v
}

func readVector(t *testing.T) (v vector) {
	t.Helper()
	text, err := os.ReadFile(vectorFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// TestVectorIsWhatTheProgramWrites: whoever changes the form of a leaf or of a checkpoint changes what is printed and kept for ever.
func TestVectorIsWhatTheProgramWrites(t *testing.T) {
	made := makeVector(t)
	var b bytes.Buffer
	out := json.NewEncoder(&b)
	out.SetEscapeHTML(false)
	if err := out.Encode(made); err != nil { // no indent: the leaf in the inclusion is hashed byte by byte
		t.Fatal(err)
	}
	if *updateVector {
		if err := os.WriteFile(vectorFile, b.Bytes(), 0o644); err != nil { //nolint:gosec // a document
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(vectorFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(kept, b.Bytes()) {
		t.Errorf("docs/ledger-vector.json is not what the program writes:\n%s", b.String())
	}
	v := readVector(t)
	ctx := association.With(t.Context(), v.Association)
	if err := v.Inclusion.Check(ctx, v.PublicKey); err != nil {
		t.Errorf("the program does not accept the vector: %v", err)
	}
	bad := v.Inclusion
	bad.Leaf = bytes.Replace(bad.Leaf, []byte("161"), []byte("162"), 1)
	if bad.Check(ctx, v.PublicKey) == nil {
		t.Error("another amount is accepted")
	}
	for i, l := range v.Leaves {
		var says any
		if err := json.Unmarshal([]byte(l.Text), &says); err != nil {
			t.Fatal(err)
		}
		if canonical, err := log.Canonical(says); err != nil || string(canonical) != l.Text {
			t.Errorf("leaf %d is not in the form of RFC 8785: %s %v", i, canonical, err)
		}
	}
}

// TestVectorByHand checks the vector as docs/ledger.md tells a stranger to: with SHA-256 and Ed25519 and nothing of this program.
func TestVectorByHand(t *testing.T) {
	v := readVector(t)
	decode := func(s string) []byte {
		b, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	leafHash := func(text []byte) []byte { sum := sha256.Sum256(append([]byte{0}, text...)); return sum[:] }
	nodeHash := func(l, r []byte) []byte {
		sum := sha256.Sum256(append(append([]byte{1}, l...), r...))
		return sum[:]
	}
	var leaves [][]byte
	for i, l := range v.Leaves {
		leaves = append(leaves, leafHash([]byte(l.Text)))
		if !bytes.Equal(leaves[i], decode(l.Hash)) {
			t.Errorf("leaf %d hashes to %x", i, leaves[i])
		}
	}
	root := nodeHash(nodeHash(leaves[0], leaves[1]), leaves[2])
	if !bytes.Equal(root, decode(v.Root)) {
		t.Errorf("root %x", root)
	}
	// the inclusion of leaf 1: leaf 0 is on its left, leaf 2 on the right of both
	proof := v.Inclusion.Proof
	if len(proof) != 2 || !bytes.Equal(nodeHash(nodeHash(proof[0][:], leafHash(v.Inclusion.Leaf)), proof[1][:]), root) {
		t.Errorf("the proof does not lead to the root: %v", proof)
	}
	// the signature: «— NAME BASE64», of which the first four bytes name the key and the rest signs the text above the empty line
	text, line, _ := strings.Cut(v.Inclusion.Checkpoint, "\n\n")
	text += "\n"
	words := strings.Fields(line)
	parts := strings.SplitN(v.PublicKey, "+", 3)
	name, hash, key := parts[0], parts[1], decode(parts[2])
	signature := decode(words[2])
	id := sha256.Sum256(append([]byte(name+"\n"), key...))
	if words[0] != "—" || words[1] != name || key[0] != 1 || fmt.Sprintf("%08x", binary.BigEndian.Uint32(signature)) != hash || !bytes.Equal(id[:4], signature[:4]) {
		t.Errorf("the signature's line names another key: %q", line)
	}
	if !ed25519.Verify(ed25519.PublicKey(key[1:]), []byte(text), signature[4:]) {
		t.Error("the signature is not good")
	}
	if want := fmt.Sprintf("shilu/%s/ledger\n3\n%s\nat 2026-04-08T00:00:00.000Z\n", v.Association, v.Root); text != want {
		t.Errorf("the signed text is %q", text)
	}
}

// TestVectorStandsInTheDocument: the document shows the same vector, and says something of every key of a leaf.
func TestVectorStandsInTheDocument(t *testing.T) {
	doc, err := os.ReadFile(vectorDoc)
	if err != nil {
		t.Fatal(err)
	}
	v := readVector(t)
	wanted := []string{v.PublicKey, v.Root, v.Inclusion.Checkpoint, v.Inclusion.Proof[0].String(), v.Inclusion.Proof[1].String()}
	for _, l := range v.Leaves {
		wanted = append(wanted, l.Text, l.Hash)
	}
	var keys map[string]any
	if err := json.Unmarshal([]byte(v.Leaves[1].Text), &keys); err != nil {
		t.Fatal(err)
	}
	for k := range keys {
		wanted = append(wanted, "\n| `"+k+"` |")
	}
	for _, w := range wanted {
		if !strings.Contains(string(doc), w) {
			t.Errorf("docs/ledger.md does not have %q", w)
		}
	}
}
