package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := rootCommand().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "folkmoot-bench:", err)
		stop()
		os.Exit(1)
	}
}

// options say what is measured and how.
type options struct {
	Scale  float64       // of the sizes in the tables
	Runs   int           // of each scenario; the median and the worst are reported
	Binary string        // of the program; "" builds it from this tree
	Out    string        // folder for the report; "" prints it
	Soak   time.Duration // of scenario h
	Rows   int           // largest database of scenario e
	Flags  []string      // more flags for folkmoot serve

	With    string // file of another report
	Profile string // folder for a profile of each server that is started; "" for none
}

func defaults() options { return options{Scale: 1, Runs: 3, Soak: 30 * time.Minute, Rows: 1_000_000} }

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use: "folkmoot-bench", Short: "Measure Folkmoot on this machine", SilenceUsage: true, SilenceErrors: true,
		Long: "Starts the real program, thousands of receiving servers and a load, all on loopback, and reports what was reached beside\n" +
			"what the machine could do in the same run.\n\n" + scenarioList(),
	}
	root.AddCommand(runCommand(), compareCommand(), probeCommand(), receiveCommand(), casesCommand())
	return root
}

func scenarioList() string {
	var b strings.Builder
	b.WriteString("Scenarios:\n")
	for _, s := range scenarios() {
		fmt.Fprintf(&b, "  %-3s %s\n", s.name, s.title)
	}
	return b.String()
}

func (o *options) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.Float64Var(&o.Scale, "scale", o.Scale, "size of everything; 1 is the tables' size, 0.02 shows that it runs")
	f.IntVar(&o.Runs, "runs", o.Runs, "how often each scenario is run")
	f.DurationVar(&o.Soak, "soak", o.Soak, "how long scenario h lasts")
	f.IntVar(&o.Rows, "rows", o.Rows, "how many activities scenario e stores at most (10000000 takes half an hour and 20 GB)")
	f.StringArrayVar(&o.Flags, "serve", nil, "a flag for folkmoot serve, such as --serve=--limits-workers=16; may be repeated")
}

func runCommand() *cobra.Command {
	o := defaults()
	cmd := &cobra.Command{
		Use: "run [SCENARIO...]", Short: "Run scenarios, all of them if none is named", Long: scenarioList(),
		Example: "  folkmoot-bench run a1 b1 --scale 0.02\n  folkmoot-bench run --out docs",
		RunE: func(cmd *cobra.Command, names []string) error {
			chosen, err := choose(names)
			if err != nil {
				return err
			}
			r, failed := measure(cmd.Context(), o, chosen)
			if r == nil {
				return failed
			}
			if err := r.include(o.With); err != nil {
				return errors.Join(failed, err)
			}
			return errors.Join(failed, r.publish(o.Out, cmd.OutOrStdout()))
		},
	}
	o.flags(cmd)
	cmd.Flags().StringVar(&o.With, "with", "", "a performance.json of another run, for the scenarios that are not run now")
	cmd.Flags().StringVar(&o.Binary, "binary", "", "the program to measure (default: built from this tree)")
	cmd.Flags().StringVar(&o.Profile, "profile", "", "a folder for profiles of the first five seconds of each server, for go tool pprof")
	cmd.Flags().StringVar(&o.Out, "out", "", "folder for performance.md, .json and .svg (default: print the tables)")
	return cmd
}

// measure runs scenarios against one binary, and what the machine can do first. A scenario that fails takes nothing from the others:
// the report is that of the rest.
func measure(ctx context.Context, o options, chosen []scenario) (r *report, failed error) {
	b, err := newBench(ctx, o)
	if err != nil {
		return nil, err
	}
	defer b.close()
	if err := b.probe(ctx); err != nil {
		return nil, err
	}
	for _, s := range chosen {
		b.say("%s: %s", s.name, s.title)
		if err := s.run(ctx, b); err != nil {
			failed = errors.Join(failed, fmt.Errorf("scenario %s: %w", s.name, err))
			b.say("%s failed: %v", s.name, err)
		}
		if ctx.Err() != nil {
			break
		}
	}
	b.report.finish()
	return b.report, failed
}

func probeCommand() *cobra.Command {
	o := defaults()
	cmd := &cobra.Command{
		Use: "probe", Short: "Measure the machine alone", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r := newReport(o)
			if err := probe(cmd.Context(), o.probeTime(), r); err != nil {
				return err
			}
			return r.publish("", cmd.OutOrStdout())
		},
	}
	cmd.Flags().Float64Var(&o.Scale, "scale", 1, "how thoroughly")
	return cmd
}

func (o options) probeTime() time.Duration {
	return min(max(time.Duration(o.Scale*float64(time.Second)), 50*time.Millisecond), time.Second)
}

func machine() string {
	return fmt.Sprintf("%d × %s, %s/%s, %s", runtime.NumCPU(), processor(), runtime.GOOS, runtime.GOARCH, runtime.Version())
}

// processor names the processor where the kernel tells it.
func processor() string {
	raw, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "processor"
	}
	_, rest, _ := strings.Cut(string(raw), "model name")
	line, _, _ := strings.Cut(rest, "\n")
	return strings.Trim(line, "\t :")
}
