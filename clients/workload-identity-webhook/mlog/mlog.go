// Package mlog stands in for monis.app/mlog, which module proxies do not serve: what the webhook calls of it, over log/slog.
package mlog

import "log/slog"

// LogLevel is what the webhook hands on to the proxies that it puts into pods.
type LogLevel string

const (
	LevelWarning LogLevel = ""
	LevelInfo    LogLevel = "info"
	LevelDebug   LogLevel = "debug"
	LevelTrace   LogLevel = "trace"
	LevelAll     LogLevel = "all"
)

// Enabled tells whether a level is logged: those that go by default.
func Enabled(level LogLevel) bool { return level == LevelWarning }

// Logger writes messages with names and values.
type Logger struct{ logger *slog.Logger }

func New() Logger { return Logger{slog.Default()} }

func (l Logger) WithName(name string) Logger    { return Logger{l.logger.With("logger", name)} }
func (l Logger) WithValues(pairs ...any) Logger { return Logger{l.logger.With(pairs...)} }

func (l Logger) Error(message string, err error, pairs ...any) {
	l.logger.Error(message, append(pairs, "error", err)...)
}
