module github.com/pixline/pixline/tools/structure

go 1.26.4
