# Shortcuts; each line is what it says, and nothing here is needed to build or test.
GOFUMPT = go run mvdan.cc/gofumpt@v0.12.0
STATICCHECK = go run honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOSEC = go run github.com/securego/gosec/v2/cmd/gosec@v2.30.0

folkmoot:
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o folkmoot ./cmd/folkmoot

# What operators install, in dist/: the static program, a Debian package, an SBOM, licences and sums. The same bytes wherever it is made.
release:
	go mod verify
	go run ./cmd/folkmoot/packaging release --arch amd64,arm64

deb:
	go run ./cmd/folkmoot/packaging deb

# A release of the last commit, made twice in two folders, must be the same.
reproduce:
	go run ./cmd/folkmoot/packaging reproduce

dev:
	go run ./cmd/folkmoot dev

test:
	go test ./...

check:
	@test -z "$$($(GOFUMPT) -l .)" || { echo "not formatted; run: make format"; exit 1; }
	go vet ./... && go vet -tags interop,snac,browser ./...
	$(STATICCHECK) ./...
	go test -race ./...

format:
	$(GOFUMPT) -w .

# Holes that are often made in Go; what it finds and is none says in its place why. Left out: file names from variables (G304), since
# operators name files and peers cannot; and in what developers run, to start programs, write files for all and draw lots.
gosec:
	$(GOSEC) -quiet -tags interop,snac,browser,faults -nosec-require-rules -nosec-require-justification -exclude=G304 \
		-exclude-rules='cmd/folkmoot/packaging/.*:G204,G301,G306,G703;cmd/folkmoot-bench/.*:G115,G204,G306,G404' ./...

# Holes found elsewhere in what the program is made of; asks https://vuln.go.dev.
vuln:
	go run golang.org/x/vuln/cmd/govulncheck@v1.9.0 ./...

interop:
	cd federation/interop && npm ci --no-audit --no-fund
	go test -count=1 -tags interop ./federation/interop

browser: web/testdata/axe/node_modules
	go test -count=1 -tags browser ./web

web/testdata/axe/node_modules: web/testdata/axe/package-lock.json
	cd web/testdata/axe && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error

screenshots:
	go test -count=1 -tags browser ./web -run Screenshots -screenshots ../docs/screenshots

# A disk that fails, is full or hangs, a network that loses and delays; wants strace, ip, nft, tc and root. And the program killed often.
faults:
	go test -count=1 -tags faults -timeout 30m -v -run Fault ./cmd/folkmoot
	FOLKMOOT_KILLS=25 go test -count=1 -v -run Killed ./cmd/folkmoot

fuzz:
	@for pkg in $$(go list ./...); do for target in $$(go test -list '^Fuzz' $$pkg | grep '^Fuzz'); do \
		echo "$$pkg $$target"; go test -run '^$$' -fuzz "^$$target$$" -fuzztime 60s $$pkg || exit 1; done; done

# Every attack, fault and load of docs/security.md with what became of it; the disk's and the network's want strace, ip, nft, tc and root.
cases:
	go run ./cmd/folkmoot-bench cases --out docs

bench:
	go run ./cmd/folkmoot-bench run --out docs

docs:
	go run ./cmd/folkmoot config reference --markdown > docs/config.md

.PHONY: folkmoot release deb reproduce dev test check gosec vuln format interop browser screenshots faults fuzz cases bench docs
