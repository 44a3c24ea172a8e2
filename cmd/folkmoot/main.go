package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	os.Exit(run(os.Args[1:], &environment{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, environ: os.Environ()}))
}

// The exit codes.
const (
	exitOK     = 0
	exitFailed = 1 // it was asked rightly and could not be done
	exitUsage  = 2 // the command line or the configuration is wrong
)

// run is the whole program. SIGINT and SIGTERM end it in good order; a second one ends it at once.
func run(args []string, e *environment) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	root := rootCommand(e)
	root.SetArgs(args)
	root.SetIn(e.stdin)
	root.SetOut(e.stdout)
	root.SetErr(e.stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	for line := range strings.SplitSeq(err.Error(), "\n") {
		fmt.Fprintln(e.stderr, "folkmoot: "+line)
	}
	if isUsage(err) {
		return exitUsage
	}
	return exitFailed
}

func rootCommand(e *environment) *cobra.Command {
	root := &cobra.Command{
		Use: "folkmoot", Short: "A federated group server",
		Long: "Folkmoot serves groups that people on the fediverse follow, post to and moderate with the account they already have.\n\n" +
			"To begin:  folkmoot init, then folkmoot serve, then folkmoot group create.\n" +
			"To see it at work on this machine alone:  folkmoot dev.",
		SilenceUsage: true, SilenceErrors: true,
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usageError(fmt.Sprintf("%v; see: %s --help", err, cmd.CommandPath()))
	})
	root.PersistentFlags().StringVar(&e.file, "config", "", "the configuration file (default folkmoot.toml here, then /etc/folkmoot/folkmoot.toml)")
	root.AddCommand(
		initCommand(e), serveCommand(e), groupCommand(e), memberCommand(e), adminCommand(e), moderateCommand(e), blockCommand(e), ruleCommand(e), reportCommand(e), logCommand(e), stormCommand(e), queueCommand(e), peerCommand(e), configCommand(e), backupCommand(e), restoreCommand(e), verifyCommand(e), keysCommand(e), doctorCommand(e), devCommand(e), versionCommand(e),
	)
	checkCommands(root)
	checkArguments(root)
	return root
}

// checkCommands makes a command that is not there a usage error, of all that do nothing by themselves.
func checkCommands(cmd *cobra.Command) {
	for _, sub := range cmd.Commands() {
		checkCommands(sub)
	}
	if !cmd.HasSubCommands() || cmd.Runnable() {
		return
	}
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return usageError(fmt.Sprintf("there is no command %q; see them with: %s --help", args[0], cmd.CommandPath()))
		}
		return nil
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
}

// checkArguments makes a wrong number of arguments a usage error everywhere.
func checkArguments(cmd *cobra.Command) {
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			err := check(cmd, args)
			if err == nil || isUsage(err) {
				return err
			}
			return usageError("write it like this: " + cmd.UseLine())
		}
	}
	for _, sub := range cmd.Commands() {
		checkArguments(sub)
	}
}

// usageError is a mistake on the command line.
type usageError string

func (e usageError) Error() string { return string(e) }

func isUsage(err error) bool {
	var usage usageError
	return errors.As(err, &usage) || isConfigError(err)
}
