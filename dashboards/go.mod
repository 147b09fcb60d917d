module github.com/pixline/pixline/dashboards

go 1.26.4

replace github.com/pixline/pixline/pkg => ../pkg
