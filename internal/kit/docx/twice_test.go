package docx

import (
	"bytes"
	"testing"
)

// TestAFigureTwiceInAParagraph: the same question asked twice in a row is two figures, though each is marked in two ways.
func TestAFigureTwiceInAParagraph(t *testing.T) {
	var b bytes.Buffer
	if err := Write(&b, Document{Title: "题", Body: []Block{P(Figure("核桃、养蜂", "q"), Text("等"), Figure("两个", "q"), Text("专业，"), Figure("两个", "q"))}}); err != nil {
		t.Fatal(err)
	}
	passages, err := Read(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	_, found := Plain(passages)
	if len(found) != 3 || found[0].Text != "核桃、养蜂" || found[1].Text != "两个" || found[2].From <= found[1].From {
		t.Errorf("found %+v, want the three figures", found)
	}
}
