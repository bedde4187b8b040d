package main

import (
	"os"
	"path/filepath"
	"runtime"

	"kubechat.io/hack/oci"
)

// The images that every real node has. Nothing is pulled: the seed's workloads run our own pause under the name that they
// ask for.
const (
	pauseImage   = "registry.k8s.io/pause:3.10"
	busyboxImage = "localhost/busybox:1"
)

// nodeImages writes the images' archives into dir.
func nodeImages(debian, dir string) error {
	source := filepath.Join(dir, "pause.c")
	program := filepath.Join(dir, "pause")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return explain(err, "")
	}
	if err := writeFile(source, []byte(manifest("pause.c")), 0o644); err != nil {
		return err
	}
	if err := tool("", "gcc", "-static", "-Os", "-s", source, "-o", program); err != nil {
		return err
	}
	pause, busybox := &oci.Tree{}, &oci.Tree{}
	if err := pause.CopyFile(program, "/pause", 0o755); err != nil {
		return err
	}
	if err := busybox.CopyFile(filepath.Join(debian, "bin", "busybox"), "/bin/busybox", 0o755); err != nil {
		return err
	}
	for _, applet := range []string{"sh", "cat", "echo", "env", "ls", "sleep", "true", "false", "wget", "nslookup", "id"} {
		busybox.Add("/bin/"+applet, oci.Entry{Mode: 0o777, Link: "busybox"})
	}
	busybox.Add("/tmp", oci.Entry{Folder: true, Mode: 0o1777})
	for _, i := range []oci.Image{
		{Name: pauseImage, Entrypoint: []string{"/pause"}, User: "65535:65535", Layers: []*oci.Tree{pause}},
		{Name: busyboxImage, Entrypoint: []string{"/bin/sh"}, Env: []string{"PATH=/bin"}, Layers: []*oci.Tree{busybox}},
	} {
		i.Architecture = runtime.GOARCH
		archive, _, err := i.Archive()
		if err != nil {
			return err
		}
		if err := writeFile(filepath.Join(dir, filepath.Base(i.Entrypoint[0])+".tar"), archive, 0o644); err != nil {
			return err
		}
	}
	return nil
}
