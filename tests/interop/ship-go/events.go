package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strings"
	"sync"
)

type event map[string]any

var stdout sync.Mutex

// emit writes one line; os.Stdout is unbuffered, so it is out at once.
func emit(e event) {
	line, err := json.Marshal(e)
	if err != nil {
		line, _ = json.Marshal(event{"event": "error", "message": err.Error()})
	}
	stdout.Lock()
	defer stdout.Unlock()
	os.Stdout.Write(append(line, '\n'))
}

func emitError(message string) {
	emit(event{"event": "error", "message": message})
}

// stateNames belong to the numbers of ship-go's ConnectionState.
var stateNames = []string{
	"none", "queued", "initiated", "received_pairing_request", "in_progress",
	"trusted", "pin", "completed", "remote_denied_trust", "error",
}

// logger sends ship-go's log to stderr, and reports what the hub tells nobody else.
type logger struct{ verbose bool }

func (l logger) Trace(args ...any)            { l.print("trace", fmt.Sprintln(args...)) }
func (l logger) Tracef(f string, args ...any) { l.print("trace", fmt.Sprintf(f, args...)) }
func (l logger) Debug(args ...any)            { l.debug(fmt.Sprintln(args...)) }
func (l logger) Debugf(f string, args ...any) { l.debug(fmt.Sprintf(f, args...)) }
func (l logger) Info(args ...any)             { l.print("info", fmt.Sprintln(args...)) }
func (l logger) Infof(f string, args ...any)  { l.print("info", fmt.Sprintf(f, args...)) }
func (l logger) Error(args ...any)            { l.print("error", fmt.Sprintln(args...)) }
func (l logger) Errorf(f string, args ...any) { l.print("error", fmt.Sprintf(f, args...)) }

// debug also turns a failed dial into an event: the hub has no callback for it.
func (l logger) debug(text string) {
	if strings.HasPrefix(text, "connection to ") && strings.Contains(text, " failed: ") {
		emitError(strings.TrimSpace(text))
	}
	l.print("debug", text)
}

func (l logger) print(level, text string) {
	if l.verbose {
		log.Print(level, ": ", strings.TrimSpace(text))
	}
}
