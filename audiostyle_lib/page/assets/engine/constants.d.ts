// What `K` holds. Written by `python -m audiostyle_lib.page.engine`.
export const K: {
  generator: {
    STRETCH: number;
    STRETCH_TURNED: number;
    N_ITER: number;
  };
  maker: {
    N_SCALES: number;
    STEP: number;
    MARGIN: number;
    LEAK: number;
    FAINT: number;
  };
  arguments: {
    MAX_FILTERS: number;
    MAX_WIDTH: number;
    PRESETS: readonly (string)[];
    STARTS: readonly (string)[];
    SHORTEST: number;
  };
  attacks: {
    FRAME: number;
    FLOOR: number;
    LEVEL_QUANTILE: number;
    MEL_QUANTILE: number;
    N_MELS: number;
    FINE: number;
    SMOOTH: number;
    BEFORE: number;
    ONSETS: number;
    RISE: readonly (number)[];
  };
  audio: {
    MAX_CHANNELS: number;
    SILENCE: number;
    SR: number;
    LOWEST_RATE: number;
    HIGHEST_RATE: number;
    HIGHEST_PEAK: number;
  };
  auditory: {
    MIN_SECONDS: number;
    ENVELOPE_RATE: number;
    COMPRESSION: number;
    BAND_OFFSETS: readonly (number)[];
    LEAST_BANDS: number;
    N_BANDS: number;
    POWER_BANDS: readonly (number)[];
    CORRELATION_BANDS: readonly (number)[];
    MODULATION_OFFSETS: readonly (number)[];
    HEARING: number;
    FMIN: number;
    HIGHEST: number;
    ERB_SCALE: number;
    ERB_CORNER: number;
    N_MELS: number;
    HOP_SECONDS: number;
    TOP_DB: number;
  };
  finding: {
    STEPS: number;
    QUARTILES: readonly (number)[];
    SILENT_DB: number;
  };
  levels: {
    LEVEL: number;
    FADE_SECONDS: number;
    OFFSET: number;
    DRIFT_SECONDS: number;
    DRIFT: number;
    LOOK_SECONDS: number;
    LIMITED: number;
    MATCHED_DB: number;
    MATCHED_PEAK: number;
    BLOCK: number;
  };
  metrics: {
    UNITS: {
      envelope_skewness: number;
    };
    N_NOISES: number;
    PIECE: number;
    FRAME: number;
    FLOOR_DB: number;
  };
  mixture: {
    MORPH_FRAMES: number;
  };
  model: {
    SEVERAL: number;
  };
  networks: {
    LAYOUTS: {
      frequency: readonly (number)[];
      time: readonly (number)[];
      "2d": readonly (number)[];
      rows: readonly (number)[];
    };
    PICTURES: readonly (string)[];
  };
  optim: {
    HISTORY: number;
    TOLERANCE: number;
  };
  panorama: {
    FLOOR_DB: number;
    STEADY: number;
  };
  quality: {
    ROUNDS: number;
    ROUNDS_TOUCHED: number;
    DRAFT: {
      nFilters: number;
      widths: readonly (number)[];
      dilation: number;
      nComponents: number;
      transform: string;
      frames: {
        gram: number;
      };
      sound: {
        channel_correlation: number;
        channel_envelope_correlation: number;
        envelope_mean: number;
        envelope_variation: number;
        envelope_skewness: number;
        band_correlation: number;
        modulation_power: number;
        modulation_correlation: number;
        rises: number;
        peaks: number;
      };
      start: number;
      nStart: number;
      nSteps: number;
      nSharpen: number;
      nRefine: number;
      nIter: number | null;
    };
    STANDARD: {
      nFilters: number;
      widths: readonly (number)[];
      dilation: number;
      nComponents: number;
      transform: string;
      frames: {
        gram: number;
        rhythm: number;
        diversity: number;
      };
      sound: {
        channel_correlation: number;
        channel_envelope_correlation: number;
        envelope_mean: number;
        envelope_variation: number;
        envelope_skewness: number;
        band_correlation: number;
        modulation_power: number;
        modulation_correlation: number;
        rises: number;
        peaks: number;
      };
      start: number;
      nStart: number;
      nSteps: number;
      nSharpen: number;
      nRefine: number;
      nIter: number | null;
    };
    BEST: {
      nFilters: number;
      widths: readonly (number)[];
      dilation: number;
      nComponents: number;
      transform: string;
      frames: {
        gram: number;
        rhythm: number;
        diversity: number;
      };
      sound: {
        channel_correlation: number;
        channel_envelope_correlation: number;
        envelope_mean: number;
        envelope_variation: number;
        envelope_skewness: number;
        band_correlation: number;
        modulation_power: number;
        modulation_correlation: number;
        rises: number;
        peaks: number;
      };
      start: number;
      nStart: number;
      nSteps: number;
      nSharpen: number;
      nRefine: number;
      nIter: number | null;
    };
    QUALITIES: {
      draft: {
        nFilters: number;
        widths: readonly (number)[];
        dilation: number;
        nComponents: number;
        transform: string;
        frames: {
          gram: number;
        };
        sound: {
          channel_correlation: number;
          channel_envelope_correlation: number;
          envelope_mean: number;
          envelope_variation: number;
          envelope_skewness: number;
          band_correlation: number;
          modulation_power: number;
          modulation_correlation: number;
          rises: number;
          peaks: number;
        };
        start: number;
        nStart: number;
        nSteps: number;
        nSharpen: number;
        nRefine: number;
        nIter: number | null;
      };
      standard: {
        nFilters: number;
        widths: readonly (number)[];
        dilation: number;
        nComponents: number;
        transform: string;
        frames: {
          gram: number;
          rhythm: number;
          diversity: number;
        };
        sound: {
          channel_correlation: number;
          channel_envelope_correlation: number;
          envelope_mean: number;
          envelope_variation: number;
          envelope_skewness: number;
          band_correlation: number;
          modulation_power: number;
          modulation_correlation: number;
          rises: number;
          peaks: number;
        };
        start: number;
        nStart: number;
        nSteps: number;
        nSharpen: number;
        nRefine: number;
        nIter: number | null;
      };
      best: {
        nFilters: number;
        widths: readonly (number)[];
        dilation: number;
        nComponents: number;
        transform: string;
        frames: {
          gram: number;
          rhythm: number;
          diversity: number;
        };
        sound: {
          channel_correlation: number;
          channel_envelope_correlation: number;
          envelope_mean: number;
          envelope_variation: number;
          envelope_skewness: number;
          band_correlation: number;
          modulation_power: number;
          modulation_correlation: number;
          rises: number;
          peaks: number;
        };
        start: number;
        nStart: number;
        nSteps: number;
        nSharpen: number;
        nRefine: number;
        nIter: number | null;
      };
    };
  };
  realism: {
    WORST: number;
    BEST: number;
    AT_NOISE: number;
    PER_DISTANCE: number;
    OFF: number;
    WITHIN: number;
    SECONDS: number;
    WINDOW: number;
    LOWEST: number;
    LINE: number;
    PEAK: number;
    AROUND: number;
    TONES: string;
    MOST: number;
  };
  references: {
    MAX_BINS: number;
    MEASURED_SECONDS: number;
    LOOKS: number;
    QUARTILES: readonly (number)[];
    OCTAVES: number;
    STEPS: number;
    BLOCK: number;
  };
  refine: {
    SMOOTH_HZ: number;
    COLOUR: number;
    FADE_SECONDS: number;
    CONTEXT_SECONDS: number;
    PIECE_SECONDS: number;
    MORPH_SECONDS: number;
  };
  remainder: {
    MOST_ALIKE: number;
  };
  result: {
    MAX_SECONDS: number;
  };
  sharpen: {
    LAGS: readonly (number)[];
    FLOOR: number;
    PASSES: number;
    ALIKE_SECONDS: number;
    ALONE: number;
    LINES_SECONDS: number;
    FLAT: number;
    MOST: number;
    EDGE: number;
    SLOW: number;
    MAX: number;
    STRENGTH: number;
  };
  sounding: {
    OVERLAP: number;
    HELD: number;
    MOST_IMAGES: number;
    STRETCH_SECONDS: number;
    FIRST_SECONDS: number;
    GROWTH: number;
  };
  sounds: {
    PEAK: number;
    WINDOW: number;
    NOISE_SECONDS: number;
    DEFINITE: number;
  };
  spatial: {
    SMOOTH_OCTAVES: number;
    SMOOTH_BINS: number;
    FAINT: number;
    CHUNK: number;
  };
  trend: {
    MOMENTS: number;
    CYCLES: readonly (number)[];
    OCTAVES: number;
    STEEPEST: number;
  };
  bands: {
    RATE: number;
    FRAME: number;
    LOWEST: number;
    SPLIT: number;
    HIGHEST: number;
    OF_RATE: number;
    RATIO: number;
    EAR: {
      nBands: number;
      exponent: number;
      silence: number;
      depth: number;
    };
  };
  channels: {
    OF_SILENCE: number;
  };
  envelopes: {
    OFFSETS: readonly (number)[];
    NEIGHBOURS: readonly (number)[];
    RATES: readonly (number)[];
    RATES_TOGETHER: readonly (number)[];
    LEAST: number;
  };
  frames: {
    LONGEST: number;
  };
  newness: {
    SHARPNESS: number;
    TOLERANCE: number;
  };
  rises: {
    LAGS: readonly (number)[];
    N_QUANTILES: number;
    NEAR: number;
    FLOOR: number;
    SILENCE: number;
    LEAST: number;
  };
  sound: {
    LOUDNESS: string;
    STEADY: number;
    RANGE: number;
  };
  surrogates: {
    FLOOR: number;
    LONGEST: number;
  };
  tensors: {
    MORE: number;
    ROUNDS: number;
  };
  base: {
    HOP_LENGTH: number;
    NEAR: number;
    PRIMES: readonly (number)[];
  };
  phase: {
    MOMENTUM: number;
  };
  stft: {
    GAIN: number;
    HOPS: number;
  };
  html: {
    MP3_RATES: readonly (number)[];
    SLIDE: string;
    LIGHT: number;
    UNSEEN: number;
    DEPTH_DB: number;
    PALETTE: readonly (readonly (number)[])[];
    COLUMNS: number;
    ROWS: number;
    LEAST_RATE: number;
    HOP_SECONDS: number;
    SIDES: {
      "3": string;
      "4": string;
      "5": string;
      "6": string;
      "7": string;
      "8": string;
    };
  };
  steps: {
    FILTERS: number;
    DIFFERENCES: readonly (readonly (number)[])[];
    BRIGHT: number;
    DECADES: number;
    WIDTH: number;
    HEIGHT: number;
    LEFT: number;
    BOTTOM: number;
  };
  units: {
    channel_correlation: number;
    channel_envelope_correlation: number;
    envelope_mean: number;
    envelope_variation: number;
    envelope_skewness: number;
    band_correlation: number;
    modulation_power: number;
    modulation_correlation: number;
    rises: number;
    peaks: number;
  };
  KERNELS: string;
};
