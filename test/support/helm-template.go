// Renders a chart as `helm template` does: Go's own text/template with the functions that Helm adds to it, for want of Helm.
// Arguments: the folder of the chart, a file of values, the release's name, its namespace.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig"
	"sigs.k8s.io/yaml"
)

type object = map[string]interface{}

func main() {
	chart, name, namespace := os.Args[1], os.Args[3], os.Args[4]
	values := merged(read(filepath.Join(chart, "values.yaml")), read(os.Args[2]))
	meta := object{}
	for key, value := range read(filepath.Join(chart, "Chart.yaml")) {
		meta[strings.ToUpper(key[:1])+key[1:]] = value
	}
	all := template.New("chart").Option("missingkey=zero")
	all.Funcs(functions(all))
	names := []string{}
	check(filepath.WalkDir(filepath.Join(chart, "templates"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		check(err)
		names = append(names, path)
		_, err = all.New(path).Parse(string(text))
		return err
	}))
	data := object{
		"Values": values, "Chart": meta,
		"Release": object{"Name": name, "Namespace": namespace, "Service": "Helm", "Revision": 1, "IsInstall": true, "IsUpgrade": false},
	}
	for _, path := range names {
		if strings.HasPrefix(filepath.Base(path), "_") {
			continue
		}
		var out bytes.Buffer
		check(all.ExecuteTemplate(&out, path, data))
		// An absent value prints nothing in Helm.
		text := strings.ReplaceAll(out.String(), "<no value>", "")
		if strings.HasSuffix(path, ".txt") {
			fmt.Fprint(os.Stderr, text)
		} else if strings.TrimSpace(text) != "" {
			fmt.Printf("---\n%s\n", text)
		}
	}
}

func functions(all *template.Template) template.FuncMap {
	functions := sprig.TxtFuncMap()
	delete(functions, "env")
	delete(functions, "expandenv")
	functions["toYaml"] = func(value interface{}) string {
		text, err := yaml.Marshal(value)
		check(err)
		return strings.TrimSuffix(string(text), "\n")
	}
	functions["include"] = func(name string, data interface{}) (string, error) {
		var out strings.Builder
		err := all.ExecuteTemplate(&out, name, data)
		return out.String(), err
	}
	functions["required"] = func(message string, value interface{}) (interface{}, error) {
		if value == nil || value == "" {
			return value, errors.New(message)
		}
		return value, nil
	}
	return functions
}

func read(path string) object {
	text, err := os.ReadFile(path)
	check(err)
	values := object{}
	check(yaml.Unmarshal(text, &values))
	return values
}

// Objects are merged, null takes away, everything else replaces.
func merged(under, over object) object {
	result := object{}
	for key, value := range under {
		result[key] = value
	}
	for key, value := range over {
		inner, isObject := value.(object)
		existing, wasObject := result[key].(object)
		if value == nil {
			delete(result, key)
		} else if isObject && wasObject {
			result[key] = merged(existing, inner)
		} else {
			result[key] = value
		}
	}
	return result
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
