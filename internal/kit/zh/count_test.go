package zh

import (
	"testing"

	"shilu/internal/kit/errs"
)

func TestParseCount(t *testing.T) {
	for in, want := range map[string]Count{
		"191": {191, Exact, "", ""}, " 1,234 ": {1234, Exact, "", ""}, "１０１": {101, Exact, "", ""}, "1\uff0c234": {1234, Exact, "", ""},
		"191人次": {191, Exact, "人次", ""}, "约161": {161, About, "", ""}, "200余": {200, AtLeast, "", ""}, "200余人": {200, AtLeast, "人", ""},
		"近3000": {3000, Nearly, "", ""}, "3000以上": {3000, AtLeast, "", ""}, "1000以内": {1000, Nearly, "", ""}, "1000人以下": {1000, Nearly, "人", ""}, "2万": {20000, Exact, "", ""}, "3.5万人次": {35000, Exact, "人次", ""},
		"十二": {12, Exact, "", ""}, "一百零五": {105, Exact, "", ""}, "二〇二四": {2024, Exact, "", ""}, "十来": {10, About, "", ""},
		"十来人": {10, About, "人", ""}, "百余": {100, AtLeast, "", ""}, "28 期": {28, Exact, "期", ""}, "\u300028\u3000": {28, Exact, "", ""},
		"200人左右": {200, About, "人", ""}, "2万余人次": {20000, AtLeast, "人次", ""}, "2余万人次": {20000, AtLeast, "人次", ""}, "两百余人": {200, AtLeast, "人", ""},
		"两万三": {23000, Exact, "", ""}, "一百五": {150, Exact, "", ""}, "一万零五": {10005, Exact, "", ""}, "1万2千": {12000, Exact, "", ""},
		"1万2000人": {12000, Exact, "人", ""}, "3.0": {3, Exact, "", ""}, "14个专业": {14, Exact, "个专业", ""}, "共32人\uff08女 20\uff09": {32, Exact, "人", "女 20"},
		"约200余人": {200, About, "人", ""}, "20000000": {20000000, Exact, "", ""}, "0": {0, Exact, "", ""}, "3.5万元": {35000, Exact, "元", ""},
		"200+": {200, AtLeast, "", ""}, "廿三": {23, Exact, "", ""}, "一亿两千万": {120000000, Exact, "", ""}, "超500人": {500, AtLeast, "人", ""},
		"\ufeff191": {191, Exact, "", ""}, "12亩": {12, Exact, "亩", ""}, "二十": {20, Exact, "", ""}, "一千零一十": {1010, Exact, "", ""},
		"零": {0, Exact, "", ""}, "1,234,567": {1234567, Exact, "", ""}, "不足200人": {200, Nearly, "人", ""},
		"五十几个": {50, AtLeast, "个", ""}, "20几个": {20, AtLeast, "个", ""}, "二十几人": {20, AtLeast, "人", ""}, "30名学员": {30, Exact, "名学员", ""},
	} {
		got, err := ParseCount(in)
		if err != nil || got != want {
			t.Errorf("%q: %+v %v, want %+v", in, got, err, want)
		}
	}
	for _, in := range []string{"", "无", "3.7人", "-5", "\u22125", "负5", "abc", "人", "几十人", "200-300人", "200至300", "12,34", "3月5日", "第3期", "98%", "2024年",
		"1.2.3", "1e5", "十百", "一二十", "百百", "5 6", "99999999999999999999", "9999999999999999亿", "一百千", "合格率98%", "3.55555万", "12人3", "=1+1", "()", "约", "50人待核", "一百几十人", "30名左右吧"} {
		if got, err := ParseCount(in); !errs.Is(err, errs.Invalid) {
			t.Errorf("%q: %+v %v", in, got, err)
		}
	}
}

func TestNumber(t *testing.T) {
	for n, want := range map[int64]string{0: "零", 2: "二", 9: "九", 10: "十", 14: "十四", 62: "六十二", 100: "一百", 105: "一百零五", 110: "一百一十", 1010: "一千零一十",
		5050: "五千零五十", 10000: "一万", 10005: "一万零五", 20010: "二万零一十", 100000: "十万", 120000000: "一亿二千万", 100000001: "一亿零一", -3: "负三"} {
		if got := Number(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
	for n := int64(0); n < 200_000; n += 7 {
		if c, err := ParseCount(Number(n)); err != nil || c.N != n {
			t.Fatalf("%d writes %s, reads %d %v", n, Number(n), c.N, err)
		}
	}
	if Counted(2, "个") != "两个" || Counted(9, "个") != "九个" || Counted(12, "期") != "十二期" || Digits(2024) != "二〇二四" || Digits(105) != "一〇五" {
		t.Error(Counted(2, "个"), Counted(9, "个"), Digits(2024))
	}
}

func TestBlank(t *testing.T) {
	for _, s := range []string{"", " ", "\u3000", "无", "/", "\uff0f", "-", "\uff0d", "—", "——", "、", "没有", " 无 ", "\ufeff", "N/A", "\u200b"} {
		if !Blank(s) {
			t.Errorf("%q is not blank", s)
		}
	}
	for _, s := range []string{"0", "零", "x", "无锡", "有", "-1"} {
		if Blank(s) {
			t.Errorf("%q is blank", s)
		}
	}
}

func TestFold(t *testing.T) {
	for _, c := range []struct{ in, want string }{{"\uff21\uff22\u3000\uff11\uff12\uff08\uff09", "AB 12()"}, {"\ufeff a\u00a0\t b ", "a b"}, {"a\u200bb", "ab"}, {"和志强、王德明", "和志强、王德明"}} {
		if got := Fold(c.in); got != c.want {
			t.Errorf("%q: %q, want %q", c.in, got, c.want)
		}
	}
}
