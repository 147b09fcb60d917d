module github.com/pixline/pixline/dashboards

go 1.26.4

require github.com/pixline/pixline/pkg v0.0.0

replace github.com/pixline/pixline/pkg => ../pkg
