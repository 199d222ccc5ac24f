package org

import "strings"

// villageEndings are how the names of villages, communities and the groups in them end; venueEndings are how those of places end that
// are no village. The longer ending decides: 天边村 is a village, 度假村 and 村委会会议室 are none.
var (
	villageEndings = strings.Fields("村 社区 村委会 居委会 村民委员会 居民委员会 屯 寨 庄 嘎查 组")
	venueEndings   = strings.Fields(`各村 各社区 度假村 山庄 室 厅 堂 场 校 小学 中学 学院 基地 园 园区 小区 站 中心 院 馆 楼 所 合作社 公司 厂 政府 科协 协会
		店 棚 田 地 地头 库 街 路 书屋 点 台`)
)

// VillageName reports whether a name is like that of a village.
func VillageName(name string) bool {
	return longestEnding(name, villageEndings) > longestEnding(name, venueEndings)
}

// VenueName reports whether a name is like that of a place that is no village: a room, a school, a square.
func VenueName(name string) bool {
	return longestEnding(name, venueEndings) > longestEnding(name, villageEndings)
}

func longestEnding(name string, endings []string) (longest int) {
	for _, e := range endings {
		if strings.HasSuffix(name, e) {
			longest = max(longest, len(e))
		}
	}
	return longest
}
