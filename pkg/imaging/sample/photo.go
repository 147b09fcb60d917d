package sample

import (
	"image"
	"math"
)

// Photo returns a JPEG (quality 90) of w x h pixels, 1 to 65535, that is to a
// resampler and an encoder what a photo is: soft light, texture at all scales, hard edges and
// grain. The same arguments give the same picture.
func Photo(w, h int, seed uint32) []byte {
	return encodeJPEG(photo(w, h, seed), 90)
}

func photo(w, h int, seed uint32) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	shade, warm := newTexture(w, seed, 512, 4), newTexture(w, seed+1, 512, 128)
	shapes := scatter(w, h, seed)
	for y := range h {
		light, tint := shade.row(y), warm.row(y)
		line := img.Pix[y*img.Stride:]
		for x := range w {
			l, t := light[x]*3/2, tint[x]/3
			r, g, b := 120+l+t, 125+l, 130+l-t
			for _, s := range shapes {
				if s.holds(x, y) {
					r, g, b = (r+3*s.r)/4, (g+3*s.g)/4, (b+3*s.b)/4
				}
			}
			grain := int(hash(x, y, seed)>>28) - 8
			set(line[4*x:], r+grain, g+grain, b+grain)
		}
	}
	return img
}

// Scene returns a JPEG that is stored as 1600x1200 with EXIF orientation 6, as a
// phone held upright does, and displayed as 1200x1600: mountains at sunset over a lake.
func Scene() []byte {
	return withOrientation(encodeJPEG(store(scene(1200, 1600), 6), 88), 6)
}

func scene(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	horizon, sunX, sunY := h*5/8, w*2/3, h*3/8
	clouds, rock, waves := newTexture(w, 11, 256, 16), newTexture(w, 12, 128, 4), newTexture(w, 13, 64, 4)
	far, near := newTexture(w, 14, 256, 8).row(0), newTexture(w, 15, 512, 16).row(0)
	// sky is the colour of the air at a point: an evening's gradient, a sun, clouds.
	sky := func(x, y, cloud int) (r, g, b int) {
		t := min(256, 256*y/horizon)
		r, g, b = 60+t*190/256, 90+t*70/256, 150-t*40/256
		if c := max(0, cloud-10); c > 0 {
			r, g, b = r+c, g+c*2/3, b+c*2/3
		}
		switch d := int(math.Hypot(float64(x-sunX), float64(y-sunY))); {
		case d < 70:
			return 255, 240, 190
		case d < 420:
			glow := (420 - d) * 90 / 350
			return r + glow, g + glow*2/3, b + glow/4
		}
		return r, g, b
	}
	for y := range h {
		cloud, stone, wave := clouds.row(y), rock.row(y), waves.row(6*y) // flat ripples
		line := img.Pix[y*img.Stride:]
		for x := range w {
			var r, g, b int
			switch {
			case y > horizon: // water mirrors the sky, broken by waves
				depth := y - horizon
				r, g, b = sky(x+wave[x]*depth/160, max(0, horizon-depth*3/4), cloud[x]/2)
				r, g, b = r*2/3+wave[x]/2, g*2/3+wave[x]/2, b*3/4+wave[x]/2
			case y > horizon-90+near[x]*3/2:
				r, g, b = 38+stone[x]/3, 40+stone[x]/3, 34+stone[x]/4
			case y > horizon-260+far[x]*3:
				r, g, b = 96+stone[x]/4, 84+stone[x]/4, 104+stone[x]/4
			default:
				r, g, b = sky(x, y, cloud[x])
			}
			grain := int(hash(x, y, 16)>>30) - 2
			set(line[4*x:], r+grain, g+grain, b+grain)
		}
	}
	return img
}

func set(pixel []uint8, r, g, b int) {
	pixel[0], pixel[1], pixel[2], pixel[3] = clamp(r), clamp(g), clamp(b), 255
}

func clamp(v int) uint8 { return uint8(min(255, max(0, v))) }
