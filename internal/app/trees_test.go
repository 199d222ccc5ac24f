package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/core/org"
	"shilu/internal/core/org/orgtest"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
)

func TestPlacesAndUnits(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		admin := w.Sign(apptest.Admin)
		says(t, "the list", admin.Get("/settings/places"), http.StatusOK, "青溪乡", "一直都有", "仍按当时的名称和上级算", "共 31 个")
		says(t, "search", admin.Get("/settings/places?q=青溪&sort_of=village"), http.StatusOK, "青溪乡上村", "共 2 个")
		says(t, "nothing", admin.Get("/settings/places?q=没有"), http.StatusOK, "没有符合的地点")
		if got := w.Sign(apptest.Officer).Get("/settings/places"); got.Status != http.StatusForbidden {
			t.Errorf("an officer keeps the places: %d", got.Status)
		}

		says(t, "merge without successor", admin.Post("/settings/places/07/merge", url.Values{"merge_from": {"2026-06-01"}}), http.StatusUnprocessableEntity, "请填写「并入哪里」")
		says(t, "merge into itself", admin.Post("/settings/places/07/merge", url.Values{"successor": {"07"}, "merge_from": {"2026-06-01"}}), http.StatusUnprocessableEntity, "没有这一项")
		says(t, "merge into its own village", admin.Post("/settings/places/07/merge", url.Values{"successor": {"0701"}, "merge_from": {"2026-06-01"}}), http.StatusUnprocessableEntity, "没有这一项")
		says(t, "merge from no day", admin.Post("/settings/places/07/merge", url.Values{"successor": {"08"}, "merge_from": {"6月31日"}}), http.StatusUnprocessableEntity, "没有这一天")
		for path, successor := range map[string]string{"/settings/places/07/merge": "08", "/settings/units/u07/merge": "u08"} {
			says(t, "merge in another year, by mistake", admin.Post(path, url.Values{"successor": {successor}, "merge_from": {"2027-11-20"}}), http.StatusUnprocessableEntity, "2027年11月20日太远：并入最远写到", "请核对年份")
		}
		merged := admin.Post("/settings/places/07/merge", url.Values{"successor": {"08"}, "merge_from": {"2026-06-01"}, "units": {"1"}})
		says(t, "白塔乡 goes to 龙泉乡", merged, http.StatusOK, "到5月31日，并入龙泉乡", "地点并入：并入填为「龙泉乡」", "已经并入，不再改")
		says(t, "the list afterwards", admin.Get("/settings/places?q=龙泉乡"), http.StatusOK, "龙泉乡（含原白塔乡）")
		says(t, "its association too", admin.Get("/settings/units/u07"), http.StatusOK, "到5月31日，并入龙泉乡科协", "单位并入")
		says(t, "a second time", admin.Post("/settings/places/07/merge", url.Values{"successor": {"06"}, "merge_from": {"2026-07-01"}}), http.StatusUnprocessableEntity, "已经并入别处")
		csv := admin.Get("/settings/places?as=csv")
		says(t, "the export", csv, http.StatusOK, "乡镇,村,代码", "白塔乡,,07", "青溪乡,青溪乡上村")

		says(t, "renamed", admin.Post("/settings/places/06/rename", url.Values{"name": {"青溪镇"}, "rename_from": {"2026-09-01"}}), http.StatusOK, "青溪镇", "名称「青溪乡」改为「青溪镇」")
		says(t, "a name that another has", admin.Post("/settings/places/06/rename", url.Values{"name": {"河东镇"}, "rename_from": {"2026-09-01"}}), http.StatusUnprocessableEntity, "已经有「河东镇」")
		says(t, "the tile", admin.Post("/settings/places/06/tile", url.Values{"row": {"2"}, "col": {"3"}}), http.StatusOK, "2 行 3 列")
		says(t, "a tile that is taken", admin.Post("/settings/places/05/tile", url.Values{"row": {"2"}, "col": {"3"}}), http.StatusUnprocessableEntity, "已经是青溪镇")
		says(t, "a tile beyond", admin.Post("/settings/places/05/tile", url.Values{"row": {"99"}, "col": {"x"}}), http.StatusUnprocessableEntity, "请填整数")

		says(t, "a new township", admin.Post("/settings/places", url.Values{"name": {"新街镇"}, "parent": {"0"}}), http.StatusOK, "新街镇", "添加地点")
		says(t, "it has an association", admin.Get("/settings/units?q=新街镇科协"), http.StatusOK, "新街镇科协")
		says(t, "the same again", admin.Post("/settings/places", url.Values{"name": {"新街镇"}, "parent": {"0"}}), http.StatusUnprocessableEntity, "下面已经有「新街镇」")
		says(t, "a code that is taken", admin.Post("/settings/places", url.Values{"name": {"老街镇"}, "parent": {"0"}, "code": {"01"}}), http.StatusUnprocessableEntity, "地点代码「01」已经用过")
		says(t, "a group of a village", admin.Post("/settings/places", url.Values{"name": {"一组"}, "parent": {"0601"}}), http.StatusOK, "060101")
		says(t, "an estate", admin.Post("/settings/places", url.Values{"name": {"阳光小区"}, "parent": {"0602"}, "level": {"estate"}}), http.StatusOK, "060201", "小区")
		says(t, "a grid", admin.Post("/settings/places", url.Values{"name": {"第一网格"}, "parent": {"0602"}, "level": {"grid"}}), http.StatusOK, "060202", "网格")
		says(t, "an unknown level", admin.Post("/settings/places", url.Values{"name": {"某"}, "parent": {"0602"}, "level": {"x"}}), http.StatusUnprocessableEntity, "没有「x」这一项")
		says(t, "a village moves", admin.Post("/settings/places/0601/move", url.Values{"parent": {"05"}, "move_from": {"2026-08-01"}}), http.StatusOK, "上级「青溪镇」改为「石门镇」")
		says(t, "a unit", admin.Post("/settings/units", url.Values{"name": {"县农业农村局"}, "kind": {"member"}, "parent": {"office"}}), http.StatusOK, "成员单位", "d01")
		says(t, "a unit of an unknown kind", admin.Post("/settings/units", url.Values{"name": {"某"}, "kind": {"x"}, "parent": {"office"}}), http.StatusUnprocessableEntity, "没有「x」这一项")
		got := admin.Upload("/settings/org-file", nil, "file", "单位.csv", []byte("单位,代码,类型,上级,地点\n县水利局,,成员单位,,\n县某局,,没有这种,,\n"))
		says(t, "a file of units", got, http.StatusOK, "新加 0 个地点、1 个单位", "不认识单位类型「没有这种」")
		says(t, "no file", admin.Post("/settings/org-file", nil), http.StatusUnprocessableEntity, "请选一个文件")
		if got := admin.Get("/settings/units/none"); got.Status != http.StatusNotFound {
			t.Errorf("no such unit: %d", got.Status)
		}

		if err := w.App.DB.View(w.Ctx, func(tx *db.Tx) error {
			for on, want := range map[string]string{"2026-05-31": "云岭县", "2026-06-01": "龙泉乡"} {
				tree, err := org.Load(w.Ctx, tx, day.Day(on))
				if err != nil {
					return err
				}
				if got := tree.Place(orgtest.Place(t, tree, "07").Parent).Name; got != want {
					t.Errorf("on %s 白塔乡 lies in %s, want %s", on, got, want)
				}
				if name := orgtest.Place(t, tree, "06").Name; name != "青溪乡" {
					t.Errorf("on %s 青溪镇 was called %s", on, name)
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(admin.Get("/settings/accounts/liwf").Body, "没有这个单位") {
			t.Error("an account lost its unit")
		}
	})
}
