module github.com/pixline/pixline/bench

go 1.26.0

require github.com/pixline/pixline/local v0.0.0
require github.com/pixline/pixline/infra v0.0.0
require github.com/pixline/pixline/dashboards v0.0.0
require github.com/pixline/pixline/pkg v0.0.0
replace github.com/pixline/pixline/local => ../local
replace github.com/pixline/pixline/infra => ../infra
replace github.com/pixline/pixline/dashboards => ../dashboards
replace github.com/pixline/pixline/pkg => ../pkg
