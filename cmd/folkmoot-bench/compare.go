package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

func compareCommand() *cobra.Command {
	o := defaults()
	var base, head string
	cmd := &cobra.Command{
		Use: "compare --base PROGRAM [--head PROGRAM] [SCENARIO...]", Short: "Run two programs in turns and say how they differ",
		Long: "Runs one program, then the other, and again, so that what else the machine does meets both. Ratios of head to base are\n" +
			"steadier than either figure.\n\n" + scenarioList(),
		Example: "  folkmoot-bench compare --base /usr/bin/folkmoot a1 b1",
		RunE: func(cmd *cobra.Command, names []string) error {
			chosen, err := choose(names)
			if err != nil {
				return err
			}
			if base == "" {
				return fmt.Errorf("name the program to compare with: --base PROGRAM")
			}
			return compare(cmd.Context(), o, [2]string{base, head}, chosen, cmd.OutOrStdout())
		},
	}
	o.flags(cmd)
	cmd.Flags().StringVar(&base, "base", "", "the program to compare with")
	cmd.Flags().StringVar(&head, "head", "", "the program that is compared (default: built from this tree)")
	return cmd
}

// compare runs both programs in turns, once each in a round.
func compare(ctx context.Context, o options, programs [2]string, chosen []scenario, out io.Writer) error {
	rounds := o.Runs
	o.Runs = 1
	var found [2][]figure
	for range rounds {
		for i, program := range programs {
			o.Binary = program
			r, err := measure(ctx, o, chosen)
			if err != nil {
				return err
			}
			found[i] = join(found[i], r.Figures)
		}
	}
	fmt.Fprintf(out, "| scenario | figure | base | head | head ÷ base | CPU, head ÷ base |\n|---|---|---:|---:|---:|---:|\n")
	for i, f := range found[0] {
		other := found[1][i]
		fmt.Fprintf(out, "| %s | %s | %s %s | %s | %s | %s |\n", f.Scenario, f.Name, amount(median(f.Runs)), f.Unit, amount(median(other.Runs)),
			quotient(median(other.Runs), median(f.Runs)), quotient(median(other.CPU), median(f.CPU)))
	}
	return nil
}

func quotient(a, b float64) string {
	if b == 0 {
		return ""
	}
	return fmt.Sprintf("%.2f", a/b)
}

// join adds the runs of a round. The same scenarios give the same figures in the same order.
func join(all, round []figure) []figure {
	if all == nil {
		return round
	}
	for i := range all {
		all[i].Runs, all[i].CPU = append(all[i].Runs, round[i].Runs...), append(all[i].CPU, round[i].CPU...)
	}
	return all
}
