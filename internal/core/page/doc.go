// Package page holds the parts that pages are made of: frame, scope bar, figure, seal, list, form, trace, report and the
// pages of sign-in, set-up, import and errors. A part is a typed struct and a templ component that shows it; nothing here
// reads a database or knows a module. README.md lists the parts for authors of pages. The look is look/LOOK.md.
//
// Texts that a part says itself go through lang.T; texts that come in its struct are already in the language of the reader.
// No part writes a style or script attribute: the Content-Security-Policy forbids both.
package page
