// Package s3 is a bucket of an object store that speaks S3, as a store of an archive. It is the only package that opens connections.
package s3

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/ikedecode/ikedecode/capture"
	"github.com/ikedecode/ikedecode/report/archive"
)

// A Bucket is a bucket, or what is below a prefix in it.
type Bucket struct {
	client *minio.Client
	name   string
	prefix string // ends with a slash, or is empty
}

// IsURL reports whether a name is that of a bucket: s3://BUCKET, s3://BUCKET/PREFIX.
func IsURL(name string) bool { return strings.HasPrefix(name, "s3://") }

// Open makes a Bucket of a URL. The server and the credentials are those of the environment, as for other programs: AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL
// (default: Amazon's), AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, the file of AWS_SHARED_CREDENTIALS_FILE, and the role of the machine or pod.
// It asks nobody anything yet.
func Open(rawURL string) (*Bucket, error) {
	u, err := url.Parse(rawURL)
	if err != nil || u.Scheme != "s3" || u.Host == "" {
		return nil, fmt.Errorf("%s: not s3://BUCKET/PREFIX", rawURL)
	}
	host, secure := "s3.amazonaws.com", true
	for _, name := range []string{"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"} {
		if text := os.Getenv(name); text != "" {
			e, err := url.Parse(text)
			if err != nil || e.Host == "" {
				return nil, fmt.Errorf("%s: not a URL", name)
			}
			host, secure = e.Host, e.Scheme != "http"
			break
		}
	}
	chain := credentials.NewChainCredentials([]credentials.Provider{
		&credentials.EnvAWS{}, &credentials.FileAWSCredentials{}, &credentials.IAM{},
	})
	client, err := minio.New(host, &minio.Options{Creds: chain, Secure: secure, Region: os.Getenv("AWS_REGION")})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", rawURL, err)
	}
	prefix := strings.Trim(u.Path, "/")
	if prefix != "" {
		prefix += "/"
	}
	return &Bucket{client: client, name: u.Host, prefix: prefix}, nil
}

// fail names the object of an error. One that is not there is fs.ErrNotExist.
func (b *Bucket) fail(name string, err error) error {
	switch minio.ToErrorResponse(err).Code {
	case "NoSuchKey", "NoSuchBucket", "NotFound":
		err = fs.ErrNotExist
	}
	return &fs.PathError{Op: "open", Path: "s3://" + b.name + "/" + b.prefix + name, Err: err}
}

// List lists the objects below the prefix.
func (b *Bucket) List(ctx context.Context) (list []archive.Object, err error) {
	for o := range b.client.ListObjects(ctx, b.name, minio.ListObjectsOptions{Prefix: b.prefix, Recursive: true}) {
		if o.Err != nil {
			return nil, b.fail("", o.Err)
		}
		name := strings.TrimPrefix(o.Key, b.prefix)
		if base := path.Base(name); name == "" || strings.HasSuffix(name, "/") || strings.HasPrefix(base, ".") || strings.HasSuffix(base, ".part") {
			continue
		}
		list = append(list, archive.Object{Name: name, Size: o.Size, Modified: o.LastModified.UTC()})
	}
	return list, ctx.Err()
}

// Fetch copies an object to a temporary file, or what a part needs of one that is not compressed.
func (b *Bucket) Fetch(ctx context.Context, part capture.Part) (local capture.Part, done func(), err error) {
	name := part.Path
	f, remove, err := archive.TempFile(name)
	if err != nil {
		return part, nil, err
	}
	if ext := path.Ext(name); part.From == 0 && part.To == 0 || ext == ".gz" || ext == ".zst" {
		err = b.copy(ctx, f, name, 0, 0)
	} else {
		from := max(part.From, part.Head)
		if err = b.copy(ctx, f, name, 0, part.Head); err == nil && (part.To == 0 || part.To > from) {
			err = b.copy(ctx, f, name, from, part.To)
		}
		part.From, part.To = 0, 0
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		remove()
		return part, nil, b.fail(name, err)
	}
	part.Path = f.Name()
	return part, remove, nil
}

// tries is how often an object is opened anew without a byte read.
const tries = 3

// copy copies the bytes of an object from an offset up to another one; 0: to its end. Where a connection ends early it goes on by another one.
func (b *Bucket) copy(ctx context.Context, w io.Writer, name string, from, to int64) error {
	for left := tries; ; left-- {
		n, err := b.copyOnce(ctx, w, name, from, to)
		if err == nil || left == 1 || ctx.Err() != nil {
			return err
		}
		if from += n; n > 0 {
			left = tries + 1
		}
		if to > 0 && from >= to {
			return nil
		}
	}
}

func (b *Bucket) copyOnce(ctx context.Context, w io.Writer, name string, from, to int64) (int64, error) {
	o, err := b.open(ctx, name, from, to)
	if err != nil {
		return 0, err
	}
	defer o.Close()
	return io.Copy(w, o)
}

func (b *Bucket) open(ctx context.Context, name string, from, to int64) (*minio.Object, error) {
	var opt minio.GetObjectOptions
	if from > 0 || to > 0 {
		if err := opt.SetRange(from, max(to-1, 0)); err != nil {
			return nil, err
		}
	}
	return b.client.GetObject(ctx, b.name, b.prefix+name, opt)
}

// Open reads an object as a stream.
func (b *Bucket) Open(ctx context.Context, name string, from, to int64) (io.ReadCloser, error) {
	o, err := b.open(ctx, name, from, to)
	if err != nil {
		return nil, b.fail(name, err)
	}
	return object{o, b, name}, nil
}

// An object is one whose errors have its name.
type object struct {
	*minio.Object
	bucket *Bucket
	name   string
}

func (o object) Read(b []byte) (int, error) {
	n, err := o.Object.Read(b)
	if err != nil && err != io.EOF {
		err = o.bucket.fail(o.name, err)
	}
	return n, err
}

// Create is a temporary file, which keep sends and removes.
func (b *Bucket) Create(ctx context.Context, name string) (string, func() error, func(), error) {
	return archive.SentFile(name, func(at string) error {
		if _, err := b.client.FPutObject(ctx, b.name, b.prefix+name, at, minio.PutObjectOptions{ContentType: "application/octet-stream"}); err != nil {
			return b.fail(name, err)
		}
		return nil
	})
}

// Size asks for the size of an object.
func (b *Bucket) Size(ctx context.Context, name string) (int64, bool) {
	o, err := b.client.StatObject(ctx, b.name, b.prefix+name, minio.StatObjectOptions{})
	return o.Size, err == nil
}

// maxSmall bounds what Read takes.
const maxSmall = 1 << 30

// Read reads a small object.
func (b *Bucket) Read(ctx context.Context, name string) ([]byte, error) {
	o, err := b.client.GetObject(ctx, b.name, b.prefix+name, minio.GetObjectOptions{})
	if err != nil {
		return nil, b.fail(name, err)
	}
	defer o.Close()
	data, err := io.ReadAll(io.LimitReader(o, maxSmall+1))
	if err == nil && len(data) > maxSmall {
		err = fmt.Errorf("larger than 1 GiB")
	}
	if err != nil {
		return nil, b.fail(name, err)
	}
	return data, nil
}

// Write writes a small object.
func (b *Bucket) Write(ctx context.Context, name string, data []byte) error {
	_, err := b.client.PutObject(ctx, b.name, b.prefix+name, bytes.NewReader(data), int64(len(data)), minio.PutObjectOptions{ContentType: "application/json"})
	if err != nil {
		return b.fail(name, err)
	}
	return nil
}
