// Command floor does the least that any reader of Sigma rules must do: it
// decodes every rule file below the folders it is given into yaml.Node, with
// two workers, and prints how many documents there were. What convert costs
// is stated as a multiple of it.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"

	"gopkg.in/yaml.v3"
)

func main() {
	documents, err := decode(os.Args[1:])
	fmt.Println(documents, "documents")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func decode(folders []string) (int64, error) {
	files := make(chan string)
	var documents atomic.Int64
	var workers sync.WaitGroup
	for range 2 {
		workers.Go(func() {
			for name := range files {
				documents.Add(decodeFile(name))
			}
		})
	}
	var err error
	for _, folder := range folders {
		err = errors.Join(err, filepath.WalkDir(folder, func(name string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() && strings.HasSuffix(name, ".yml") {
				files <- name
			}
			return err
		}))
	}
	close(files)
	workers.Wait()
	return documents.Load(), err
}

// decodeFile counts the documents of a file up to the first that is no YAML.
func decodeFile(name string) int64 {
	text, err := os.ReadFile(name)
	if err != nil {
		return 0
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	for n := int64(0); ; n++ {
		var document yaml.Node
		if err := decoder.Decode(&document); err != nil {
			return n
		}
	}
}
