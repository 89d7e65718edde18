import { test } from 'vitest';
import { openSandbox } from '../sandbox/sandbox.fixture.js';
import { Inhabited } from '../runtime.fixture.js';
import { readFileSync, readdirSync } from 'node:fs';
test('x', async () => {
  const { runtime } = openSandbox();
  const t00=performance.now();
  const box = await Inhabited.start(runtime, 'host');
  console.log('start', performance.now()-t00);
  const mem=()=>process.memoryUsage().rss; global.gc?.();
  const m0=mem(); const fds0=readdirSync('/proc/self/fd').length;
  const sess:any[]=[]; for(let i=0;i<200;i++) {const q=await box.container.enter({argv:['/bin/sh','-i'],environment:{},terminal:{columns:80,rows:24}}); q.stdout.resume(); sess.push(q);};
  console.log('idle node rss per session kB',(mem()-m0)/200/1024);
  for (const q of sess) { q.stdin.write('head -c 200000 /dev/zero | base64\r'); }
  await new Promise(r=>setTimeout(r,4000));
  console.log('node rss per session kB',(mem()-m0)/200/1024, 'fds', (readdirSync('/proc/self/fd').length-fds0)/200);
  let pss=0,priv=0,cnt=0;
  for(const pid of readdirSync('/proc')) if(/^\d+$/.test(pid)) try { const cl=readFileSync(`/proc/${pid}/cmdline`,'latin1'); if(!cl.startsWith('gangway-sandbox\0enter'))continue; const r=readFileSync(`/proc/${pid}/smaps_rollup`,'utf8'); cnt++; pss+=+/^Pss: +(\d+)/m.exec(r)![1]; priv+= +/^Private_Dirty: +(\d+)/m.exec(r)![1]; } catch {}
  console.log('enter procs',cnt,'pss',pss/cnt,'private dirty',priv/cnt);
  await box.container.stop(0);
},120000);
