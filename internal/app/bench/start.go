package bench

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// measureStart starts the program itself on a database that is there already and asks for its first page; then it lets it idle.
func measureStart(ctx context.Context, s *stage) error {
	if s.Program == "" {
		return nil
	}
	c, err := s.open(ctx)
	if err != nil {
		return err
	}
	if err := c.imported(1000); err != nil {
		return err
	}
	if _, err := c.Seal(c.ctx); err != nil {
		return err
	}
	info, err := os.Stat(s.Program)
	if err != nil {
		return fmt.Errorf("measure the program: %w", err)
	}
	args := []string{"serve", "--addr", "127.0.0.1:0", "--data", c.Config.Data}
	if c.Config.DatabaseURL != "" {
		args = append(args, "--database-url", c.Config.DatabaseURL)
	}
	var starts []time.Duration
	var idle *float64
	for range 5 {
		took, mb, err := startOnce(ctx, s.Program, args)
		if err != nil {
			return err
		}
		starts, idle = append(starts, took), mb
	}
	s.Report(Row{Work: "start", DB: s.dialect(), P50: quantile(sorted(starts), 0.5), P99: quantile(sorted(starts), 0.99), Seconds: number(sorted(starts)[2].Seconds()), RSS: idle,
		Says:     fmt.Sprintf("start to the first page; rss is that of idling; the program has %.1f MB", float64(info.Size())/(1<<20)),
		Required: "< 1 s, idle < 100 MB, program < 70 MB (make build)"})
	return nil
}

// startOnce gives the time to the first page and the memory after idling for two seconds.
func startOnce(ctx context.Context, program string, args []string) (took time.Duration, mb *float64, err error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return 0, nil, fmt.Errorf("start %s: %w", program, err)
	}
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, nil, fmt.Errorf("start %s: %w", program, err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	for lines := bufio.NewScanner(out); lines.Scan(); {
		_, address, ok := strings.Cut(lines.Text(), "http://")
		if !ok {
			continue
		}
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+strings.TrimSpace(address)+"/login", nil)
		if err != nil {
			return 0, nil, fmt.Errorf("ask for the first page: %w", err)
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			return 0, nil, fmt.Errorf("ask for the first page: %w", err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			return 0, nil, fmt.Errorf("the first page answers %d", answer.StatusCode)
		}
		took = time.Since(begin)
		time.Sleep(2 * time.Second)
		return took, memory("VmRSS:", strconv.Itoa(cmd.Process.Pid)), nil
	}
	return 0, nil, fmt.Errorf("%s printed no address", program)
}
