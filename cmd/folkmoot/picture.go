package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"folkmoot/store"
	"folkmoot/web"
)

// pictureFlags change the pictures of a group.
type pictureFlags struct{ icon, iconAlt, header, headerAlt string }

func (p *pictureFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&p.icon, "icon", "", "file with the group's picture, cut to a square")
	cmd.Flags().StringVar(&p.iconAlt, "icon-alt", "", "what the picture shows, for people who do not see it")
	cmd.Flags().StringVar(&p.header, "header", "", "file with a picture for the top of the group's page, cut to three times as wide as high")
	cmd.Flags().StringVar(&p.headerAlt, "header-alt", "", "what that picture shows")
}

// read puts what was given into a change.
func (p *pictureFlags) read(cmd *cobra.Command, c *groupChange) error {
	for _, f := range []struct {
		name string
		path string
		to   **[]byte
	}{{"icon", p.icon, &c.Icon}, {"header", p.header, &c.Header}} {
		if !cmd.Flags().Changed(f.name) {
			continue
		}
		file, err := readPictureFile(f.path)
		if err != nil {
			return err
		}
		*f.to = &file
	}
	if cmd.Flags().Changed("icon-alt") {
		c.IconAlt = &p.iconAlt
	}
	if cmd.Flags().Changed("header-alt") {
		c.HeaderAlt = &p.headerAlt
	}
	return nil
}

// readPictureFile reads no more of a file than a picture may be; the server says what is wrong with one that is larger.
func readPictureFile(path string) ([]byte, error) {
	if path == "" {
		return []byte{}, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open the picture: %w", err)
	}
	defer f.Close()
	file, err := io.ReadAll(io.LimitReader(f, web.MaxPicture+1))
	if err != nil {
		return nil, fmt.Errorf("read the picture %s: %w", path, err)
	}
	if len(file) == 0 {
		return nil, fmt.Errorf("%s is empty: choose a file with a picture", path)
	}
	return file, nil
}

// changePictures writes into g what c says of its pictures.
func changePictures(g *store.Group, c groupChange) error {
	return errors.Join(
		changePicture(&g.Icon, c.Icon, c.IconAlt, web.Icon),
		changePicture(&g.Header, c.Header, c.HeaderAlt, web.Header),
	)
}

func changePicture(p *store.Picture, file *[]byte, alt *string, made func([]byte) (store.Picture, error)) error {
	if file != nil {
		was := p.Alt
		*p = store.Picture{}
		if len(*file) > 0 {
			var err error
			if *p, err = made(*file); err != nil {
				return pictureWords(err)
			}
			p.Alt = was
		}
	}
	if alt != nil && p.Name != "" {
		p.Alt = *alt
	}
	return nil
}

// pictureWords leaves out what only programmers understand.
func pictureWords(err error) error {
	for _, known := range []error{web.ErrNoPicture, web.ErrPictureTooLarge, web.ErrPictureTooSmall} {
		if errors.Is(err, known) {
			return known
		}
	}
	return err
}

// pictureAddress is where a picture is served, "" for none.
func (a *app) pictureAddress(p store.Picture) string {
	if p.Name == "" {
		return ""
	}
	return a.origin + "/media/" + p.Name
}

func showPicture(w io.Writer, what, address, alt string) {
	switch {
	case address != "" && alt != "":
		fmt.Fprintf(w, "%s:\t%s (%s)\n", what, address, alt)
	case address != "":
		fmt.Fprintf(w, "%s:\t%s\n", what, address)
	}
}
