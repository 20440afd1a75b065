package page

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// A browser is a headless Chromium that is driven over a pipe by the DevTools protocol: a JSON object a message, a zero byte
// after each.
type browser struct {
	t       *testing.T
	out     io.Writer
	session string
	noJS    bool // scripts of pages do not run

	mu      sync.Mutex
	next    int
	waiting map[int]chan reply
	loaded  chan struct{}
	said    []string // console messages, exceptions, violations of the security policy, requests
}

type reply struct {
	Result json.RawMessage
	Error  *struct{ Message string }
}

// browserWait is how long one answer may take.
const browserWait = 60 * time.Second

// requireChromium names what makes a missing Chromium a failure.
const requireChromium = "IKEDECODE_REQUIRE_CHROMIUM"

// newBrowser starts Chromium with a fresh profile and opens an empty page.
func newBrowser(t *testing.T) *browser {
	t.Helper()
	if testing.Short() {
		t.Skip("drives a browser")
	}
	path, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv(requireChromium) != "" {
			t.Fatalf("chromium is required and not installed: %v", err)
		}
		t.Skip("chromium is not installed")
	}
	toBrowser, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	out, fromBrowser, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	profile := t.TempDir()
	cmd := exec.Command(path, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-default-apps", "--disable-extensions",
		"--hide-scrollbars", "--user-data-dir="+profile, "--remote-debugging-pipe", "about:blank")
	cmd.ExtraFiles = []*os.File{toBrowser, fromBrowser}
	cmd.Env = append(os.Environ(), "HOME="+profile)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	toBrowser.Close()
	fromBrowser.Close()
	b := &browser{t: t, out: in, waiting: make(map[int]chan reply), loaded: make(chan struct{}, 16)}
	done := make(chan struct{})
	go func() { b.read(out); close(done) }()
	t.Cleanup(func() {
		b.session = ""
		b.send("Browser.close", nil) // it may be gone before it answers
		in.Close()
		gone := make(chan struct{})
		go func() { _ = cmd.Wait(); close(gone) }()
		select {
		case <-gone:
		case <-time.After(10 * time.Second):
			_ = cmd.Process.Kill()
			<-gone
		}
		out.Close()
		<-done
	})
	var target struct{ TargetID, SessionID string }
	b.call("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	b.call("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &target)
	b.session = target.SessionID
	for _, domain := range []string{"Page", "Runtime", "Log", "Network", "Audits"} {
		b.call(domain+".enable", nil, nil)
	}
	return b
}

// read takes messages of the browser in until it is gone.
func (b *browser) read(r io.Reader) {
	var rest []byte
	buf := make([]byte, 1<<16)
	for {
		n, err := r.Read(buf)
		rest = append(rest, buf[:n]...)
		for {
			i := bytes.IndexByte(rest, 0)
			if i < 0 {
				break
			}
			b.take(rest[:i])
			rest = rest[i+1:]
		}
		if err != nil {
			b.mu.Lock()
			for id, c := range b.waiting {
				close(c)
				delete(b.waiting, id)
			}
			b.mu.Unlock()
			return
		}
	}
}

// take handles one message: an answer, or an event.
func (b *browser) take(raw []byte) {
	var m struct {
		reply
		ID     int
		Method string
		Params json.RawMessage
	}
	if json.Unmarshal(raw, &m) != nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if c, ok := b.waiting[m.ID]; ok && m.ID != 0 {
		delete(b.waiting, m.ID)
		c <- m.reply
		return
	}
	switch m.Method {
	case "Page.loadEventFired":
		select {
		case b.loaded <- struct{}{}:
		default: // more than anybody waits for
		}
	case "Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded", "Audits.issueAdded", "Page.javascriptDialogOpening":
		b.said = append(b.said, m.Method+" "+string(m.Params))
	case "Network.requestWillBeSent":
		var p struct{ Request struct{ URL string } }
		if json.Unmarshal(m.Params, &p) == nil && !strings.HasPrefix(p.Request.URL, "file:") && !strings.HasPrefix(p.Request.URL, "data:") && !strings.HasPrefix(p.Request.URL, "about:") {
			b.said = append(b.said, "a request to "+p.Request.URL)
		}
	}
}

var errGone = errors.New("the browser is gone or does not answer")

// send sends a command and returns its answer.
func (b *browser) send(method string, params any) (json.RawMessage, error) {
	b.mu.Lock()
	b.next++
	id, c := b.next, make(chan reply, 1)
	b.waiting[id] = c
	b.mu.Unlock()
	m := map[string]any{"id": id, "method": method}
	if params != nil {
		m["params"] = params
	}
	if b.session != "" {
		m["sessionId"] = b.session
	}
	raw, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	if _, err := b.out.Write(append(raw, 0)); err != nil {
		return nil, err
	}
	select {
	case r, ok := <-c:
		switch {
		case !ok:
			return nil, errGone
		case r.Error != nil:
			return nil, errors.New(r.Error.Message)
		}
		return r.Result, nil
	case <-time.After(browserWait):
		return nil, errGone
	}
}

// call sends a command that has to work and reads its answer into out, which may be nil.
func (b *browser) call(method string, params, out any) {
	b.t.Helper()
	raw, err := b.send(method, params)
	if err != nil {
		b.t.Fatalf("%s: %v", method, err)
	}
	if out != nil {
		if err := json.Unmarshal(raw, out); err != nil {
			b.t.Fatalf("%s: %v", method, err)
		}
	}
}

// open loads a page of some size, in the light or the dark scheme.
func (b *browser) open(path string, width, height int, scheme string) {
	b.t.Helper()
	b.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false}, nil)
	b.call("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{
		{"name": "prefers-color-scheme", "value": scheme}, {"name": "prefers-reduced-motion", "value": "reduce"}}}, nil)
	name, hash, _ := strings.Cut(path, "#")
	abs, err := filepath.Abs(name)
	if err != nil {
		b.t.Fatal(err)
	}
	u := url.URL{Scheme: "file", Path: abs, Fragment: hash}
	for _, to := range []string{"about:blank", u.String()} { // from one fragment of a page to another nothing loads
		b.call("Page.navigate", map[string]any{"url": to}, nil)
		select {
		case <-b.loaded:
		case <-time.After(browserWait):
			b.t.Fatalf("%s does not load", to)
		}
	}
}

// scripts lets the scripts of pages run, or not.
func (b *browser) scripts(run bool) {
	b.t.Helper()
	b.noJS = !run
	b.call("Emulation.setScriptExecutionDisabled", map[string]any{"value": !run}, nil)
}

// eval runs an expression in the page and reads its value into out.
func (b *browser) eval(expression string, out any) {
	b.t.Helper()
	var r struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails json.RawMessage
	}
	b.call("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true, "awaitPromise": true}, &r)
	if r.ExceptionDetails != nil {
		b.t.Fatalf("%s: %s", expression, r.ExceptionDetails)
	}
	if out != nil {
		if err := json.Unmarshal(r.Result.Value, out); err != nil {
			b.t.Fatalf("%s: %v", expression, err)
		}
	}
}

// number is the value of an expression.
func (b *browser) number(format string, args ...any) (n int) {
	b.t.Helper()
	b.eval(fmt.Sprintf(format, args...), &n)
	return n
}

// text is the value of an expression.
func (b *browser) text(format string, args ...any) (s string) {
	b.t.Helper()
	b.eval(fmt.Sprintf(format, args...), &s)
	return s
}

// settle waits until the page has drawn itself and its events are handled.
func (b *browser) settle() {
	b.t.Helper()
	if b.noJS { // no timers either
		time.Sleep(200 * time.Millisecond)
		return
	}
	b.eval("new Promise(r => requestAnimationFrame(() => setTimeout(() => r(1), 30)))", nil)
}

// click clicks into the middle of an element.
func (b *browser) click(selector string) {
	b.t.Helper()
	var at struct{ X, Y float64 }
	b.eval(fmt.Sprintf(`(() => { const e = document.querySelector(%q); e.scrollIntoView({block: "center"}); const r = e.getBoundingClientRect();
		return {x: r.left + r.width / 2, y: r.top + r.height / 2}; })()`, selector), &at)
	for _, kind := range []string{"mousePressed", "mouseReleased"} {
		b.call("Input.dispatchMouseEvent", map[string]any{"type": kind, "x": at.X, "y": at.Y, "button": "left", "clickCount": 1}, nil)
	}
	b.settle()
}

// keys are the key codes of what the tests press.
var keyCodes = map[string]int{"Enter": 13, " ": 32, "ArrowDown": 40, "ArrowUp": 38, "Home": 36, "End": 35, "Escape": 27, "Tab": 9}

// write writes into a field in place of what is there.
func (b *browser) write(selector, text string) {
	b.t.Helper()
	b.eval(fmt.Sprintf(`document.querySelector(%q).select()`, selector), nil)
	b.call("Input.insertText", map[string]any{"text": text}, nil)
	b.settle()
}

// press presses a key.
func (b *browser) press(key string) {
	b.t.Helper()
	text := ""
	switch key {
	case "Enter":
		text = "\r"
	case " ":
		text = " "
	}
	b.call("Input.dispatchKeyEvent", map[string]any{"type": "keyDown", "key": key, "code": key, "windowsVirtualKeyCode": keyCodes[key], "text": text}, nil)
	b.call("Input.dispatchKeyEvent", map[string]any{"type": "keyUp", "key": key, "code": key, "windowsVirtualKeyCode": keyCodes[key]}, nil)
	b.settle()
}

// quiet wants that nothing was said so far: no console message, no exception, no violation, no request.
func (b *browser) quiet() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.said {
		b.t.Errorf("the browser says: %.600s", s)
	}
	b.said = nil
}
