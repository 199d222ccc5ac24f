// Package packaging holds what surrounds the program on a server.
package packaging

import _ "embed"

// Unit is the systemd unit.
//
//go:embed shilu.service
var Unit string
