# make test   every test of every module, offline
# make check  format, vet, lint, tidy, GOWORK=off builds, builds for macOS
# make zip    the deployment packages, in bin/
# make bench  the benchmarks, with a report in bench/REPORT.md (BENCHFLAGS="-only images" for a part)
# make fuzz   coverage-guided fuzzing of every image format, FUZZTIME each
# make golden the expected pictures of pkg/imaging, charts and dashboards, anew
# make oracles  npm's part of the tests and of the benchmarks, where there is Node

MODULES := pkg dashboards functions/validate functions/resize functions/notify infra local cmd/pixline bench browsertest deploytest tools/structure
PACKAGES := $(MODULES:%=./%/...)
# The race detector needs a C compiler.
RACE := $(if $(shell command -v $$(go env CC)),-race,)
ORACLES := pkg/workflow/testdata/oracle pkg/telemetry/testdata/oracle local/gateway/vtl/testdata/oracle local/access/testdata/oracle bench/images/sharp

FUZZTIME := 30s
FUZZ := FuzzJPEG FuzzPNG FuzzWebP FuzzGIF FuzzBMP FuzzTIFF

.PHONY: test check zip bench fuzz golden oracles format

test:
	@test -n "$(RACE)" || echo "make test: no C compiler, so the race detector is off"
	@for dir in $(ORACLES); do test -d $$dir/node_modules || echo "make test: $$dir is not installed (make oracles), what needs it is left out"; done
	@for tool in aws curl ps; do command -v $$tool >/dev/null || echo "make test: there is no $$tool, the tests that use it skip"; done
	@test -x bin/pulumi/bin/pulumi || command -v pulumi >/dev/null || echo "make test: there is no pulumi, no deployment is tested"
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || echo "make test: there is no chromium, THE PAGES ARE NOT TESTED in a browser"
	go test $(RACE) $(GOTESTFLAGS) -count=1 -timeout 45m $(PACKAGES)

# What the checks run with, at the versions of tools/go.mod.
bin/tools: tools/go.mod tools/go.sum
	cd tools && GOWORK=off GOBIN=$(CURDIR)/bin/tools go install tool
	@touch bin/tools

check: bin/tools
	@unformatted=$$(bin/tools/gofumpt -l $(MODULES)) || exit 1; \
		test -z "$$unformatted" || { echo "not formatted (make format):"; echo "$$unformatted"; exit 1; }
	go vet $(PACKAGES)
	bin/tools/staticcheck $(PACKAGES)
	@for module in $(MODULES) tools; do (cd $$module && GOWORK=off go mod tidy -diff) || exit 1; done
	@for module in $(MODULES); do echo "GOWORK=off go build $$module"; (cd $$module && GOWORK=off go build -o /dev/null ./...) || exit 1; done
	GOOS=darwin GOARCH=arm64 go build $(PACKAGES)

format: bin/tools
	bin/tools/gofumpt -w $(MODULES)

zip:
	go run ./infra/build/cmd

bench:
	go run ./bench $(BENCHFLAGS)

# Few tries at making a finding smaller: the default spends a minute on each.
fuzz:
	@for target in $(FUZZ); do (cd pkg && go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x ./imaging) || exit 1; done
	cd pkg && go test -run '^$$' -fuzz '^FuzzDecode$$' -fuzztime $(FUZZTIME) -fuzzminimizetime 20x ./imaging/internal/jpeg
	@for target in FuzzDecode FuzzInflate; do (cd pkg && go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x ./imaging/internal/png) || exit 1; done

golden:
	cd pkg && go test ./imaging -run '^TestGolden$$' -count=1 -update
	cd local && go test ./cloudwatch/chart -run '^TestDrawings$$' -count=1 -update
	go run ./cmd/pixline dashboards render --demo --stack staging --as svg --out docs/dashboards

oracles:
	@for dir in $(ORACLES); do (cd $$dir && npm ci --no-audit --no-fund) || exit 1; done
