// Package docx writes and reads Word documents (OOXML, .docx) in the layout of Chinese official documents. It knows the layout and
// nothing of what the document says; it uses the standard library only.
//
// # Writing
//
// Write turns a Document into bytes. The same Document gives the same bytes: zip entries carry no time, ids count from 1, and the
// document's properties come from the caller. The rules, and where they come from («GB» is GB/T 9704-2012, 党政机关公文格式):
//
//   - Paper A4, 天头 37 mm, 订口 28 mm, 版心 156 × 225 mm (GB 5.1, 5.2.1); so 35 mm stay below and 26 mm at the right.
//   - 22 lines a page, 28 characters a line, 3号 (16 pt) 仿宋 (GB 5.2.2, 5.2.3). 225 mm / 22 is 28.99 pt. A line of exactly 29 pt gives
//     only 21 lines, because 22 of them are 0.07 mm too high; so a line is exactly 28.95 pt. 28 characters of 16 pt are 2 mm too wide,
//     so they are set 0.25 pt closer. There is no document grid: with type «lines» a 22 pt title takes two lines of the grid.
//   - Title 2号 (22 pt) 小标宋, centred, lines broken by the writer at word ends (GB 7.3.1); one line of the body free below it.
//   - Levels 一、(黑体) （一）(楷体) 1. and （1）(仿宋), each indented by two characters (GB 7.3.3). They are the built-in styles
//     «heading 1» to «heading 4», which Word and WPS show as 标题 1 to 标题 4 and list in the navigation pane.
//   - 主送机关 flush left with a full-width colon (GB 7.3.2). 附件说明 one line below the text, indented by two characters, names
//     without punctuation at the end, further lines under the first character of the name (GB 7.3.4).
//   - 署名 above 成文日期, the date four characters from the right, the name centred over it, years in full and no leading zeros
//     (GB 7.3.5.1, with a seal; GB 7.3.5.4). Two free lines above leave room for the seal; neither may stand alone on a page (GB 7.3.5.5).
//   - Each 附件 begins a page, «附件1» 3号 黑体 flush left on the first line, its title centred on the third (GB 7.3.7).
//   - Page number «— 1 —», 4号 (14 pt) 半角宋体, its dash 7 mm below the text, odd pages at the right and even pages at the left, each
//     one character in (GB 7.5). On landscape pages it stands at the same place of the sheet (GB 8).
//   - Wide tables lie on landscape pages with their head at the binding side (GB 8): the page is turned clockwise, so the four margins turn too.
//   - Headings stay with what follows. Widow control is off: a page is full when it has 22 lines.
//   - No space between Chinese and Latin text (autoSpaceDE, autoSpaceDN off): documents print 62期, not 62 期. LibreOffice 7 does not know this
//     setting and leaves a gap.
//   - Fonts are only named (方正小标宋简体, 仿宋_GB2312, 楷体_GB2312, 黑体, 宋体), with the name to fall back on; they are sold, so none is
//     shipped. GB only asks for Arabic digits; Document.Digits chooses their font.
//   - Tables: caption 4号 黑体 above, text 小四 (12 pt), header rows repeated on each page, rows never split. GB leaves this open; it is
//     the custom of statistics tables.
//   - The frozen line and the draft line are ours. The first lies at the foot of the last page's text, where a 版记 would, the second in the header.
//
// A figure is a Run with a Query. It prints as text, and a reader finds it again after people have edited the document: it sits in a
// content control (w:sdt) with the query as tag, and between a bookmark's ends. Word keeps at most 64 characters of a tag; for a longer
// query it is «figure:12». A custom XML part lists the queries by number for these tags and for the bookmarks. Read resolves all.
//
// All text is escaped; characters that XML 1.0 cannot hold are left out; a tab and a line break in a text become w:tab and w:br.
// The fixed words of the layout (附件, 数字来处) are Chinese by the standard and are not translated.
//
// # Reading
//
// Read gives the paragraphs and tables of any .docx, as a person sees them with all changes accepted: deleted and moved-away text, hidden
// text and field codes are left out; text boxes stand before the paragraph they hang on. Headers, footers, footnotes, comments and automatic list numbers are
// not read. It believes no size that the file claims, reads at most 64 MiB of XML and refuses what unzips too well, what has a
// password, what has macros, and what is no docx, each with a sentence that says what to do.
package docx
