module github.com/pixline/pixline/dashboards

go 1.26.0

replace github.com/pixline/pixline/pkg => ../pkg
