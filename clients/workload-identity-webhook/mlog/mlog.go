// Package mlog stands in for monis.app/mlog, which the Go module proxy does not serve: what the webhook calls of it, over log/slog.
package mlog

import (
	"context"
	"log/slog"
	"os"

	"github.com/go-logr/logr"
)

type (
	LogLevel  string
	LogFormat string

	LogSpec struct {
		Level  LogLevel
		Format LogFormat
	}

	Logger struct{ *slog.Logger }
)

const (
	LevelWarning LogLevel = ""
	LevelInfo    LogLevel = "info"
	LevelDebug   LogLevel = "debug"
	LevelTrace   LogLevel = "trace"
	LevelAll     LogLevel = "all"

	FormatJSON LogFormat = "json"
)

var (
	threshold slog.LevelVar
	handler   = slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: &threshold})
	levels    = map[LogLevel]slog.Level{LevelWarning: slog.LevelWarn, LevelInfo: slog.LevelInfo, LevelDebug: -4, LevelTrace: -6, LevelAll: -128}
)

func ValidateAndSetLogLevelAndFormatGlobally(_ context.Context, spec LogSpec) error {
	threshold.Set(levels[spec.Level])
	return nil
}

func Setup() func()               { return func() {} }
func Enabled(level LogLevel) bool { return levels[level] >= threshold.Level() }
func Logr() logr.Logger           { return logr.FromSlogHandler(handler) }
func New() Logger                 { return Logger{slog.New(handler)} }

func Fatal(err error) {
	New().Error("fatal", err)
	os.Exit(1)
}

func (l Logger) WithName(name string) Logger    { return Logger{l.With("logger", name)} }
func (l Logger) WithValues(pairs ...any) Logger { return Logger{l.With(pairs...)} }
func (l Logger) Error(text string, err error, pairs ...any) {
	l.Logger.Error(text, append(pairs, "error", err)...)
}
