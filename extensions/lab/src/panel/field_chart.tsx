/** How the values of a field are distributed, as small bars; the numbers stand beside them. */

import React from 'react';
import { IDistribution } from '../hall/answers';
import { formatShare } from '../hall/texts';
import { useReader } from './reader';

const WIDTH = 96;
const HEIGHT = 24;
const MOST_WORDS = 5; // the most frequent ones that are named

export function FieldChart(props: { values: IDistribution }): React.ReactElement | null {
  const { trans, language } = useReader();
  const { counts, minimum, maximum, empty, filled, values } = props.values;
  const most = Math.max(...counts, 1);
  const step = WIDTH / Math.max(counts.length, 1);
  const share = filled + empty > 0 ? empty / (filled + empty) : 0;
  const range = minimum !== null && maximum !== null ? trans.__('%1 to %2', minimum, maximum) : null;
  const words = values.slice(0, MOST_WORDS).join(trans.__(', '));
  const missing = share > 0 ? trans.__('%1 empty', formatShare(share, language)) : null;
  return (
    <div className="jp-DatahallChart">
      {counts.length > 1 && (
        <svg width={WIDTH} height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
          {counts.map((count, at) => {
            const height = count > 0 ? Math.max(1.5, (count / most) * HEIGHT) : 0;
            const width = Math.max(1, step - 1);
            return <rect key={at} x={at * step} y={HEIGHT - height} width={width} height={height} />;
          })}
        </svg>
      )}
      <span>{[range ?? words, missing].filter(Boolean).join(' · ')}</span>
    </div>
  );
}
