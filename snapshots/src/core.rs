//! The store over any engine: envelope, pieces, totals, quarantine and views, once for all.

use crate::{
    chunk,
    digest::Totals,
    engine::{Change, Engine, EngineFault},
    fault::CommitFault,
    format,
    meta::{self, Identity, Progress},
    plan::{Plan, allowed},
    rebuild::{Rebuild, RebuildFault},
    records::Records,
    start,
    store::{Batch, Committed, Health, Reader, Store},
    verify,
    view::{Old, View},
};
use actors::kernel::record::{Key, Record};
use std::{
    collections::BTreeMap,
    sync::{Arc, Weak},
    time::Instant,
};

pub(crate) struct Core<E> {
    engine: Arc<E>,
    records: Records,
    views: Vec<Weak<Old>>,
    identity: Identity,
    progress: Progress,
    /// Why commits are refused until the engine is re-opened, and which epoch failed.
    broken: Option<(String, u64)>,
}

impl<E: Engine> Core<E> {
    /// The store in `engine`, which was opened, checked and holds `identity` and `progress`.
    pub(crate) fn new(
        engine: Arc<E>,
        records: Records,
        identity: Identity,
        progress: Progress,
    ) -> Self {
        Self {
            engine,
            records,
            views: Vec::new(),
            identity,
            progress,
            broken: None,
        }
    }

    /// Writes identity and progress, without an epoch.
    pub(crate) fn write_meta(&mut self) -> Result<(), CommitFault> {
        let mut plan = self.plan();
        let (key, record) = (Identity::key(), meta::record(&self.identity));
        chunk::split(
            &key,
            &format::seal(&key, plan.epoch, &record),
            &mut plan.changes,
        );
        self.write(plan)?;
        Ok(())
    }

    fn plan(&self) -> Plan {
        let epoch = self.progress.epoch;
        Plan {
            epoch,
            totals: self.progress.totals(),
            records: 0,
            changes: Vec::new(),
            fresh: Vec::new(),
        }
    }

    fn plan_batch(&self, batch: &Batch) -> Result<Plan, CommitFault> {
        let newest: BTreeMap<&Key, Option<&Record>> = batch
            .writes
            .iter()
            .map(|write| (&write.key, write.record.as_ref()))
            .collect();
        let mut plan = Plan {
            epoch: batch.epoch,
            ..self.plan()
        };
        let mut refused = Vec::new();
        for (key, new) in newest {
            allowed(key, new).map_err(|why| CommitFault::Refused {
                key: key.clone(),
                why,
            })?;
            let source = |source| engine_fault("read the old values of", batch.epoch, source);
            match self.records.find(key).map_err(source)? {
                Some(Err(damaged)) => refused.push(damaged.key),
                _ if self.records.quarantine.get(key).is_some() => refused.push(key.clone()),
                Some(Ok(old)) => plan.put(key, Some(&old), new),
                None => plan.put(key, None, new),
            }
        }
        if refused.is_empty() {
            return Ok(plan);
        }
        Err(CommitFault::Quarantined {
            epoch: batch.epoch,
            keys: refused,
        })
    }

    /// Makes `plan` durable together with the store's progress.
    fn write(&mut self, mut plan: Plan) -> Result<Committed, CommitFault> {
        let begun = Instant::now();
        let progress = Progress::new(plan.epoch, plan.totals);
        let (key, record) = (Progress::key(), meta::record(&progress));
        plan.changes.push((
            key.bytes().to_vec(),
            Some(format::seal(&key, plan.epoch, &record)),
        ));

        self.keep_for_views(&plan.changes)
            .map_err(|source| engine_fault("read the old values of", plan.epoch, source))?;
        let applied = {
            let _gate = self.records.gate.applying();
            let applied = self.engine.apply(&plan.changes);
            if applied.is_ok() {
                self.records.remember(&plan.fresh);
            }
            applied
        };
        applied.map_err(|source| self.breaks("apply", plan.epoch, source))?;
        let apply = begun.elapsed();
        self.engine
            .sync()
            .map_err(|source| self.breaks("make durable", plan.epoch, source))?;
        self.progress = progress;
        self.engine
            .acknowledge(self.identity.incarnation, plan.epoch);
        Ok(Committed {
            epoch: plan.epoch,
            records: plan.records,
            pairs: plan.changes.len(),
            bytes: plan.bytes(),
            apply,
            sync: begun.elapsed() - apply,
        })
    }

    fn keep_for_views(&mut self, changes: &[Change]) -> Result<(), EngineFault> {
        self.views.retain(|view| view.strong_count() > 0);
        let views = self.views.iter().filter_map(Weak::upgrade);
        views
            .into_iter()
            .try_for_each(|view| view.keep(changes, &*self.engine))
    }

    fn breaks(&mut self, doing: &'static str, epoch: u64, source: EngineFault) -> CommitFault {
        self.broken = Some((format!("{doing}: {source}"), epoch));
        self.records.forget();
        engine_fault(doing, epoch, source)
    }

    fn usable(&self) -> Result<(), CommitFault> {
        self.broken
            .as_ref()
            .map_or(Ok(()), |_| Err(CommitFault::Broken))
    }

    /// A record may not be older than what is known to be durable.
    fn in_order(&self, epoch: u64) -> Result<(), CommitFault> {
        let last = self.progress.epoch;
        if epoch > last {
            Ok(())
        } else {
            Err(CommitFault::Order { last, got: epoch })
        }
    }
}

impl<E: Engine> Store for Core<E> {
    fn commit(&mut self, batch: &Batch) -> Result<Committed, CommitFault> {
        self.usable()?;
        self.in_order(batch.epoch)?;
        let begun = Instant::now();
        let plan = self.plan_batch(batch)?;
        let planned = begun.elapsed();
        let committed = self.write(plan)?;
        Ok(Committed {
            apply: planned + committed.apply,
            ..committed
        })
    }

    fn reopen(&mut self) -> Result<(), CommitFault> {
        let failed = self
            .broken
            .take()
            .map_or(self.progress.epoch, |(_, epoch)| epoch);
        self.broken = Some(("re-opening".into(), failed));
        {
            let _gate = self.records.gate.applying();
            self.records.forget();
            self.engine.reopen().map_err(CommitFault::Reopen)?;
        }
        let found = start::load_progress(&self.records)
            .map_err(|source| engine_fault("read the progress after", failed, source))?
            .map_err(CommitFault::Progress)?;
        let acknowledged = self.progress.epoch;
        if found.epoch < acknowledged {
            return Err(CommitFault::Lost {
                acknowledged,
                found: found.epoch,
            });
        }
        // The failed epoch may have arrived after all. Its batch comes again and finds its own values;
        // counting from what was acknowledged lets it pass as it would have the first time.
        self.progress = Progress::new(acknowledged, found.totals());
        self.broken = None;
        Ok(())
    }

    fn reader(&self) -> Arc<dyn Reader> {
        Arc::new(self.records.clone())
    }

    fn view(&mut self) -> View {
        let Progress { epoch, .. } = self.progress;
        let view = View::new(
            &self.records,
            self.identity.clone(),
            epoch,
            self.progress.totals(),
        );
        self.views.push(Arc::downgrade(view.old()));
        view
    }

    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn last_epoch(&self) -> u64 {
        self.progress.epoch
    }

    fn discard_damaged(&mut self, key: &Key) -> Result<(), CommitFault> {
        self.usable()?;
        if self.records.quarantine.get(key).is_none() {
            return Err(CommitFault::NotQuarantined(key.clone()));
        }
        let mut plan = self.plan();
        let pieces = chunk::stray(&*self.engine, key)
            .map_err(|source| engine_fault("give up a record in", plan.epoch, source))?;
        plan.changes
            .extend(pieces.into_iter().map(|piece| (piece, None)));
        plan.changes.push((key.bytes().to_vec(), None));
        self.write(plan)?;
        self.records.quarantine.release(key);
        self.recount()?;
        Ok(())
    }

    fn recount(&mut self) -> Result<Totals, CommitFault> {
        self.usable()?;
        let mut plan = self.plan();
        (plan.totals, _) = verify::count(&self.records).map_err(CommitFault::Count)?;
        self.write(plan)?;
        Ok(self.progress.totals())
    }

    fn rebuild(&mut self) -> Result<Option<Rebuild>, RebuildFault> {
        let Some(fresh) = self.engine.beside()? else {
            return Ok(None);
        };
        let view = self.view();
        Ok(Some(Rebuild { view, fresh }))
    }

    fn exchange(&mut self, rebuild: Rebuild) -> Result<(), CommitFault> {
        self.usable()?;
        rebuild.catch_up(&*self.engine)?;
        rebuild.fresh.close().map_err(RebuildFault::from)?;
        let exchanged = {
            let _gate = self.records.gate.applying();
            self.records.forget();
            self.engine.take_place(&*rebuild.fresh)
        };
        let epoch = self.progress.epoch;
        exchanged.map_err(|source| self.breaks("put a new store in place after", epoch, source))?;
        let found = start::load_progress(&self.records)
            .map_err(|source| engine_fault("read the progress after", epoch, source))?
            .map_err(CommitFault::Progress)?;
        if found == self.progress {
            return Ok(());
        }
        let lost = CommitFault::Lost {
            acknowledged: epoch,
            found: found.epoch,
        };
        self.broken = Some((lost.to_string(), epoch));
        Err(lost)
    }

    fn health(&self) -> Health {
        let facts = self.engine.facts();
        Health {
            epoch: self.progress.epoch,
            totals: self.progress.totals(),
            bytes_on_disk: facts.bytes_on_disk,
            blobs: facts.blobs,
            quarantined: self.records.quarantine.len(),
            broken: self.broken.as_ref().map(|(why, _)| why.clone()),
            views: self
                .views
                .iter()
                .filter(|view| view.strong_count() > 0)
                .count(),
        }
    }

    fn close(self: Box<Self>) -> Result<(), CommitFault> {
        let epoch = self.progress.epoch;
        self.engine
            .close()
            .map_err(|source| engine_fault("close after", epoch, source))
    }
}

fn engine_fault(doing: &'static str, epoch: u64, source: EngineFault) -> CommitFault {
    CommitFault::Engine {
        doing,
        epoch,
        source,
    }
}
