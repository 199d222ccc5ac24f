// Package hold lets one process at a time have a folder. The operating system gives the hold up when the process ends, however it
// ends, so nothing is left behind by one that was killed.
package hold

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"shilu/internal/kit/errs"
)

// Name is the file in the folder that is locked. Its content says who holds the folder; whether anybody does, only the lock says.
const Name = "shilu.lock"

// Holder is who holds a folder.
type Holder struct {
	PID     int    `json:"pid"`
	Since   int64  `json:"since"`             // UTC milliseconds
	Doing   string `json:"doing"`             // the command: serve
	Address string `json:"address,omitempty"` // where it answers, once it does
}

// Hold is a folder that is held.
type Hold struct {
	file *os.File
	who  Holder
}

// errHeld is what the operating system's lock says when another process has it.
var errHeld = errors.New("held")

// Take takes the folder for this process. Conflict, naming the holder, when another process has it.
func Take(folder, doing string, now time.Time) (*Hold, error) {
	path := filepath.Join(folder, Name)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // a fixed name in the data folder
	if err != nil {
		return nil, errs.E(errs.Unavailable, "文件夹 %s 写不了，请看它在不在、有没有权限", folder).Because(err)
	}
	if err := lock(f); err != nil {
		defer func() { _ = f.Close() }()
		if errors.Is(err, errHeld) {
			return nil, taken(folder, f)
		}
		return nil, errs.E(errs.Unavailable, "文件夹 %s 占用不了：这块盘不支持加锁，请换到本机的硬盘", folder).Because(err)
	}
	h := &Hold{file: f, who: Holder{PID: os.Getpid(), Since: now.UnixMilli(), Doing: doing}}
	if err := h.write(); err != nil {
		h.Release()
		return nil, err
	}
	return h, nil
}

// Look says who holds the folder; held is false when nobody does.
func Look(folder string) (who Holder, held bool) {
	f, err := os.OpenFile(filepath.Join(folder, Name), os.O_RDWR, 0o600) //nolint:gosec // a fixed name in the data folder
	if err != nil {
		return who, false
	}
	defer func() { _ = f.Close() }()
	if err := lock(f); !errors.Is(err, errHeld) {
		return who, false
	}
	return read(f), true
}

func read(f *os.File) (who Holder) {
	body, err := io.ReadAll(io.NewSectionReader(f, 0, 4096))
	if err != nil || json.Unmarshal(body, &who) != nil {
		return Holder{}
	}
	return who
}

// taken says who holds the folder.
func taken(folder string, f *os.File) error {
	who := read(f)
	if who.PID == 0 { // it is just beginning
		return errs.E(errs.Conflict, "文件夹 %s 正被另一个实录使用，请先停掉它", folder)
	}
	since := time.UnixMilli(who.Since).Local().Format("2006-01-02 15:04:05")
	if who.Address == "" {
		return errs.E(errs.Conflict, "文件夹 %s 正被另一个实录使用：进程 %d（%s），从 %s 起；请等它做完，或先停掉它", folder, who.PID, who.Doing, since)
	}
	return errs.E(errs.Conflict, "文件夹 %s 正被另一个实录使用：进程 %d，从 %s 起，在 %s；直接打开那个地址，或先停掉它", folder, who.PID, since, who.Address)
}

// Answers says where the holder answers from now on.
func (h *Hold) Answers(address string) error {
	h.who.Address = address
	return h.write()
}

func (h *Hold) write() error {
	body, err := json.Marshal(h.who)
	if err == nil {
		err = h.file.Truncate(0)
	}
	if err == nil {
		_, err = h.file.WriteAt(append(body, '\n'), 0)
	}
	if err != nil {
		return fmt.Errorf("say who holds the folder: %w", err)
	}
	return nil
}

// Release gives the folder up. The file stays: to delete it would let two hold what looks like one name.
func (h *Hold) Release() {
	_ = h.file.Truncate(0)
	_ = h.file.Close()
}
