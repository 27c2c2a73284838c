#!/usr/bin/env bash
# Makes the pictures of docs/user-guide.md and README.md by the program itself, on a display of its own, from nothing but
# this checkout: the demo model and networks that `afstudio init` makes. What it draws is decided by seeds and sessions.
#
#   scripts/screenshots.sh [--all] [NAME...]
#     NAME    only these pictures: latent, transform, ...
#     --all   also those that show measured times, which differ each time: without it they are made only where missing
#
# Needs xvfb-run (scripts/bootstrap.sh --tests installs it). AFS_PROGRAM names an afstudio that is built already.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/build.sh"

all=0 names=()
for argument in "$@"; do
    case $argument in --all) all=1 ;; -*) die "unknown option $argument (see the head of the script)" ;; *) names+=("$argument") ;; esac
done

if [ -z "${AFS_SCREENSHOT_DISPLAY:-}" ]; then
    command -v xvfb-run >/dev/null || die "xvfb-run is missing; scripts/bootstrap.sh --tests installs it."
    if [ -z "${AFS_PROGRAM:-}" ]; then
        AFS_CUDA=off choose_build                  # the same pixels on every machine
        set_up --tests
        configure_and_build cpu
        export AFS_PROGRAM=$root/build/cpu/app/afstudio
    fi
    AFS_SCREENSHOT_DISPLAY=own exec xvfb-run -a -s "-screen 0 1920x2400x24 -noreset" "$0" "$@"
fi

out=$root/docs/images
# A fixed place: the file browser and the sessions name it.
work=/tmp/afstudio-screenshots
exec 9>"$work.lock"
flock 9
rm -rf "$work"
mkdir -p "$work/networks" "$work/home"
trap 'rm -rf "$work"' EXIT
export HOME=$work/home XDG_CONFIG_HOME=$work/home/config XDG_CACHE_HOME=$work/home/cache LIBGL_ALWAYS_SOFTWARE=1
unset WAYLAND_DISPLAY

demo=$work/networks/demo.safetensors stylegan2=$work/networks/stylegan2.safetensors classes=$work/networks/classes.safetensors
cp "$root/assets/demo.safetensors" "$demo"
make_network() { "$AFS_PROGRAM" init "$@" --resolution 64 --cbase 1024 --cmax 32 --z-dim 64 --w-dim 64 --quiet; }
make_network "$stylegan2" --cfg stylegan2 --seed 3 --label "untrained StyleGAN2"
make_network "$classes" --cfg stylegan3-r --seed 4 --c-dim 10 --label "untrained, ten classes"
touch -d 2026-01-01T12:00 "$work"/networks/*
untrained=$work/untrained.safetensors       # beside the folder that the file browser shows
"$AFS_PROGRAM" init "$untrained" --cfg stylegan3-t --resolution 128 --cbase 2048 --cmax 64 --z-dim 64 --w-dim 64 --seed 5 --label "untrained T" --quiet

turning=$work/turning.safetensors
"$AFS_PROGRAM" init "$turning" --cfg stylegan3-r --resolution 128 --cbase 2048 --cmax 64 --z-dim 64 --w-dim 64 --seed 7 --label "untrained R" --quiet

# session NAME FILE JSON: a scene; keys that are left out have their defaults.
session() { printf '{"format":"afstudio-session","version":1,"scene":{"model":{"path":"%s"}%s}}\n' "$2" "$3" >"$work/$1.json"; }
plane='"latent":{"source":"plane","x":42.3,"y":0.2}'
session walk "$demo" ",$plane,\"truncation\":{\"psi\":0.8,\"cutoff\":10}"
session list "$demo" ',"latent":{"source":"seeds","seeds":[{"seed":42,"weight":0.6},{"seed":7,"weight":0.4}]}'
session mixed "$demo" ",$plane,\"mix\":[{\"id\":1,\"seed\":7,\"layers\":[8,9,10,11,12,13,14,15],\"weight\":1,\"enabled\":true},{\"id\":2,\"seed\":123,\"layers\":[0,1,2],\"weight\":0.5,\"enabled\":true}]"
session moved "$demo" ",$plane,\"transform\":{\"translate_x\":0.125,\"rotate_deg\":30,\"scale\":1.2}"
session channel "$demo" ",$plane,\"canvas\":\"layer\",\"layer_view\":{\"layer\":\"L6_84_64\",\"channels\":1,\"base_channel\":5}"
session mosaic "$demo" ",$plane,\"canvas\":\"layer\",\"layer_view\":{\"layer\":\"L8_84_51\",\"mosaic\":true}"
session sheet "$demo" ',"canvas":"sheet","sheet":{"first_seed":0,"columns":6,"rows":4}'
session noise "$stylegan2" ',"noise":{"mode":"random","seed":5},"truncation":{"psi":0.7}'
session class "$classes" ',"latent":{"class":3}'

session waterfall "$demo" ",$plane,\"canvas\":\"spectrum\",\"spectrum\":{\"shown\":\"waterfall\"}"
session two "$demo" ",$plane,\"canvas\":\"spectrum\",\"layer_view\":{\"layer\":\"L6_84_64\"},\"spectrum\":{\"compare\":\"layer\",\"compare_layer\":\"L11_148_21\"}"
session filtered "$demo" ",$plane,\"layer_view\":{\"layer\":\"L6_84_64\"},\"filters\":[{\"id\":1,\"layer\":\"L6_84_64\",\"side\":\"down\",\"cutoff\":6,\"half_width\":6,\"taps\":24}]"

# compared NAME FILE WHAT: a scene of the Equivariance mode.
compared() { session "$1" "$2" ",\"canvas\":\"equivariance\",\"equivariance\":{$3}"; }
compared follows "$demo" '"operation":"rotation","rotate_deg":20'
compared shifted "$demo" '"operation":"translation-frac","translate_x":0.117,"translate_y":0.04,"shown":"grid"'
compared turned-t "$demo" '"operation":"rotation","rotate_deg":20,"shown":"grid"'
compared turned-r "$turning" '"operation":"rotation","rotate_deg":20,"shown":"grid"'
compared strip-stylegan2 "$stylegan2" '"shown":"strip","strip_reach":0.3'
compared strip-t "$demo" '"shown":"strip","strip_reach":0.3'

made=0
# wanted NAME: whether the command line asks for it.
wanted() { [ ${#names[@]} = 0 ] || [[ " ${names[*]} " == *" $1 "* ]]; }
# keep NAME: $work/NAME.png becomes docs/images/NAME.png where it shows something else.
keep() {
    made=$((made + 1))
    python3 "$root/scripts/same_picture.py" "$work/$1.png" "$out/$1.png" && return 0
    mv "$work/$1.png" "$out/$1.png"
    say "docs/images/$1.png is new or changed."
}
# picture NAME OPTIONS...: docs/images/NAME.png, of the window
picture() {
    local name=$1; shift
    wanted "$name" || return 0
    "$AFS_PROGRAM" view "$@" --device cpu --screenshot "$work/$name.png" || die "the picture $name could not be made; the reason is above."
    keep "$name"
}
# slices NAME NETWORK...: docs/images/NAME.png, of the average spectra of 24 pictures of each network
slices() {
    local name=$1 spectra=() network; shift
    wanted "$name" || return 0
    for network in "$@"; do
        local spectrum=$work/$(basename "$network" .safetensors).npz
        "$AFS_PROGRAM" spectra calc --source "$network" --num 24 --mean 128 --std 64 --device cpu --quiet --dest "$spectrum" || die "the spectrum for $name could not be made; the reason is above."
        spectra+=(--source "$spectrum")
    done
    "$AFS_PROGRAM" spectra slices "${spectra[@]}" --quiet --dest "$work/$name.png" || die "the picture $name could not be made; the reason is above."
    keep "$name"
}
# faces NAME COLUMNS OPTIONS...: docs/images/NAME.png, of a demo data set
faces() {
    local name=$1 columns=$2; shift 2
    wanted "$name" || return 0
    "$AFS_PROGRAM" dataset demo "$work/$name.zip" "$@" --quiet || die "the data set for $name could not be made; the reason is above."
    python3 "$root/scripts/picture_grid.py" "$work/$name.zip" "$columns" "$work/$name.png"
    keep "$name"
}
# The same for pictures with measured times.
measured() { if [ $all = 1 ] || [ ! -e "$out/$1.png" ] || [[ " ${names[*]} " == *" $1 "* ]]; then picture "$@"; fi; }

tall=1400x2000                                     # every section of Controls without scrolling
measured window     --session "$work/moved.json" --size 1280x800 --do preset=circle --do preset=pulse
picture model       --session "$work/walk.json" --size $tall --crop Model
picture model-class --session "$work/class.json" --size $tall --crop Model
picture latent      --session "$work/walk.json" --size $tall --crop Latent
picture latent-seeds --session "$work/list.json" --size $tall --crop Latent
picture truncation  --session "$work/walk.json" --size $tall --crop "Truncation and noise"
picture noise       --session "$work/noise.json" --size $tall --crop "Truncation and noise"
picture mixing      --session "$work/mixed.json" --size $tall --crop "Style mixing"
picture transform   --session "$work/moved.json" --size $tall --crop Transform
picture layers      --session "$work/channel.json" --size 1280x800 --crop Layers
measured spectrum --session "$work/walk.json" --size 1500x900 --do spectrum --do panel=Layers
picture spectrum-waterfall --session "$work/waterfall.json" --size 1500x900 --crop Canvas
picture spectrum-two --session "$work/two.json" --size 1500x1000 --do panel=Layers
picture filters --session "$work/filtered.json" --size 1280x1000 --do panel=Layers --do panel=Spectrum --do panel=Equivariance --crop Filters
if wanted average-spectra; then
    for network in "$demo" "$untrained"; do
        "$AFS_PROGRAM" spectra calc --source "$network" --num 24 --mean 128 --std 64 --device cpu --quiet --overwrite --dest "$work/$(basename "$network" .safetensors)-24.npz" || die "the spectra of average-spectra could not be made; the reason is above."
    done
fi
picture average-spectra --session "$work/walk.json" --size 1500x900 --do panel=Timeline --do panel=Performance --do panel=Log --do panel=History --do compare-with="$work/demo-24.npz" --do compare-with="$work/untrained-24.npz" --do compare-spectra --crop "Average spectra"
picture equivariance --session "$work/follows.json" --size 1280x1500 --do panel=Layers --do panel=Spectrum --do live-equivariance --do measure-layers --crop Equivariance
picture equivariance-shift --session "$work/shifted.json" --size 1100x700 --crop Canvas
picture equivariance-turn-t --session "$work/turned-t.json" --size 1100x700 --crop Canvas
picture equivariance-turn-r --session "$work/turned-r.json" --size 1100x700 --crop Canvas
picture equivariance-strip-stylegan2 --session "$work/strip-stylegan2.json" --size 1100x560 --crop Canvas
picture equivariance-strip-t --session "$work/strip-t.json" --size 1100x560 --crop Canvas
picture canvas-layer --session "$work/channel.json" --size 1100x700 --crop Canvas
picture canvas-mosaic --session "$work/mosaic.json" --size 1100x700 --crop Canvas
picture canvas-grid --session "$work/walk.json" --size 1100x700 --crop Canvas --pointer 560,280 --do actual-size $(printf -- '--do zoom-in %.0s' {1..12})
picture sheet       --session "$work/sheet.json" --size 1100x700 --crop Canvas
measured performance --session "$work/walk.json" --size 1600x900 --do panel=Timeline --crop Performance --do time-layers
picture timeline    --session "$work/walk.json" --size 1700x1000 --do preset=loop --do preset=circle --do preset=turn --do preset=psi $(printf -- '--do frame-forward %.0s' {1..44}) --crop Timeline
measured log        --session "$work/walk.json" --size 1280x800 --do panel=Timeline --do panel=Performance --crop Log
picture history     --session "$work/walk.json" --size 1280x800 --do panel=Timeline --do panel=Performance --do panel=Log --do seed=7 --do layer --do picture --do sheet --do undo --crop History
picture palette     --session "$work/walk.json" --size 1100x800 --do palette --crop "Command palette"
picture files       "$demo" --size 1100x800 --do open --pointer 400,232 --crop "File browser"
measured record     --session "$work/walk.json" --size 1100x800 --do preset=circle --do record --crop "Record a film"
picture keys        --session "$work/walk.json" --size 1100x800 --do keys --crop "Keys and mouse"
slices spectra-slices "$demo" "$untrained"
faces dataset-demo  6 --num 12 --resolution 128
picture about       --session "$work/walk.json" --size 1100x800 --do about --crop About
[ ${#names[@]} = 0 ] || [ $made -ge ${#names[@]} ] || die "there is no picture of one of these names: ${names[*]}."
say "$made pictures made."
