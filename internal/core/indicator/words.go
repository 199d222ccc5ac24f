package indicator

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/kit/lang"
)

// Formula says how a definition computes, in a sentence of the language of ctx: 期内「培训人次」账目相加，只计类型为短期培训的，…
func (c *Catalogue) Formula(ctx context.Context, d Def) string {
	words := ""
	switch d.Kind {
	case Sum:
		words = lang.T(ctx, "期内%s账目相加", c.measureNames(ctx, d.Measures, "与"))
	case Closing:
		words = lang.T(ctx, "%s自有账以来的增减累计到期末", c.measureNames(ctx, d.Measures, "与"))
	case New:
		words = lang.T(ctx, "期内%s新增的账目相加", c.measureNames(ctx, d.Measures, "与"))
	case DistinctKeys:
		words = lang.T(ctx, "期内%s按不同的项计数，同一项只记一次，不能由各部分相加", c.measureNames(ctx, d.Measures, "与"))
	case DistinctAtEnd:
		words = lang.T(ctx, "到期末仍在的%s按不同的项计数", c.measureNames(ctx, d.Measures, "与"))
	case AllOf:
		words = lang.T(ctx, "期内在%s中都出现的不同的项计数", c.measureNames(ctx, d.Measures, "和"))
	case AllOfAtEnd:
		words = lang.T(ctx, "到期末仍在%s中都有的不同的项计数", c.measureNames(ctx, d.Measures, "和"))
	case AllOfNew:
		words = lang.T(ctx, "期末在%s中都有、期初前一天还没有都有的不同的项计数，不是净增", c.measureNames(ctx, d.Measures, "和"))
	case Places:
		return lang.T(ctx, "按期末那天的行政区划数%s，已撤并的不数", lang.T(ctx, org.LevelTitle(d.Level)))
	case External:
		if !d.Available() {
			return ""
		}
		d.Where = slices.DeleteFunc(slices.Clone(d.Where), func(w ledger.TagIs) bool { return w.Name == figureTag }) // the measure says it already
		words = lang.T(ctx, "取期末以前最近一次核实的%s，是别的单位公布的数；本地没有登记的，由所辖各地相加，缺一处就不算", c.measureNames(ctx, d.Measures[:1], "与"))
	case Ratio:
		num, _ := c.part(d, d.Numerator)
		den, _ := c.part(d, d.Denominator)
		words = lang.T(ctx, "「%s」÷「%s」，分子、分母各自算出后再相除", num.Name, den.Name)
		if d.Per > 0 {
			words = lang.T(ctx, "「%s」÷「%s」× %s，分子、分母各自算出后再相除", num.Name, den.Name, Commas(fmt.Sprint(d.Per)))
		}
		if d.PerWeek {
			words = lang.T(ctx, "「%s」÷「%s」÷ 期内周数（天数 ÷ 7），分子、分母各自算出后再相除", num.Name, den.Name)
		}
	default:
		return ""
	}
	if len(d.Where) > 0 {
		var tags []string
		for _, t := range d.Where {
			names := make([]string, len(t.Values))
			for i, v := range t.Values {
				names[i] = c.ValueName(t.Name, v)
			}
			tags = append(tags, lang.T(ctx, "%s为%s", lang.T(ctx, c.TagName(t.Name)), strings.Join(names, lang.T(ctx, "或"))))
		}
		words += lang.T(ctx, "，只计%s的", strings.Join(tags, lang.T(ctx, "、")))
	}
	if d.Kind == Ratio || d.Kind == External {
		return words
	}
	if d.Kind.atEnd() || d.Kind == New { // what stands somewhere, not what was held
		words += lang.T(ctx, "，按变动日期归期")
		if d.By == ByPlace {
			return words + lang.T(ctx, "，按所在地归乡镇")
		}
		return words + lang.T(ctx, "，按所属单位归属")
	}
	words += lang.T(ctx, "，按结束日期归期")
	if d.By == ByUnit {
		return words + lang.T(ctx, "，按主办单位归属")
	}
	return words + lang.T(ctx, "，按举办地归乡镇")
}

func (c *Catalogue) measureNames(ctx context.Context, codes []string, and string) string {
	names := make([]string, len(codes))
	for i, code := range codes {
		names[i] = lang.T(ctx, "「%s」", c.measures[code].Name)
	}
	return strings.Join(names, lang.T(ctx, and))
}
