//! The store as a transport: every request is recorded, struck by faults, and done in one step.

use bytes::Bytes;
use futures_util::StreamExt;

use super::{
    MemoryTransport, RecordedRequest,
    access::check_caller,
    answers::typical,
    delivery::pend,
    fault::Target,
    record::{Describe, Operation},
    store::Store,
    strikes::Strikes,
    write::{WriteConditions, description},
};
use crate::{
    body::Body,
    transport::{
        AbortMultipartUpload, Answer, CompleteMultipartUpload, CopyObject, CreateMultipartUpload, DeleteObject,
        DeleteObjects, DeletedObject, GetObject, HeadObject, ListMultipartUploads, ListObjects, ObjectAttributes,
        ObjectList, ObjectResponse, PutObject, Transport, TransportError, TransportErrorKind, UploadList, UploadPart,
        UploadPartCopy, UploadedPart, Written,
    },
};

/// A request under way.
struct Running<'a> {
    transport: &'a MemoryTransport,
    /// Its place among all requests; it may be forgotten already.
    index: usize,
    record: RecordedRequest,
    strikes: Strikes,
}

impl MemoryTransport {
    /// Records a request, and asks the faults for what strikes it.
    fn begin(&self, record: RecordedRequest) -> Running<'_> {
        let mut state = self.lock();
        let key = Some(record.location.key.as_str()).filter(|key| !key.is_empty());
        let part_number = record.part_numbers.first().copied();
        let target = Target { operation: record.operation, key, part_number, single_object: false };
        let strikes = Strikes(state.faults.strike(&target));
        let index = state.forgotten.saturating_add(state.requests.len());
        state.requests.push(record.clone());
        state.in_flight = state.in_flight.saturating_add(1);
        state.max_in_flight = state.max_in_flight.max(state.in_flight);
        Running { transport: self, index, record, strikes }
    }

    /// A request whose body, if it has one, is there.
    async fn run<R: Describe, T>(
        &self,
        request: R,
        perform: impl FnOnce(&mut Store, R, &Strikes) -> Result<T, TransportError>,
    ) -> Result<T, TransportError> {
        let running = self.begin(request.describe());
        running.arrive().await?;
        running.finish(|store, strikes| perform(store, request, strikes))
    }
}

impl Running<'_> {
    /// Waits as long as a fault says, and is refused if one says so or the caller may not ask.
    async fn arrive(&self) -> Result<(), TransportError> {
        pend(self.strikes.pending()).await;
        let checked = match self.strikes.refusal() {
            Some(refusal) => Err(refusal),
            None => check_caller(&self.transport.lock().store.settings, &self.record.options),
        };
        checked.map_err(|error| self.failed(error))
    }

    /// Reads the body of a put, of which a fault may let pass a part only.
    async fn receive(&self, mut body: Body) -> Result<Bytes, TransportError> {
        let unknown = || TransportError::new(TransportErrorKind::NotSent).with_message("the body has no known length");
        let announced = body.content_len().ok_or_else(unknown).map_err(|error| self.failed(error))?;
        let cut = self.strikes.cut().filter(|cut| u64::try_from(*cut).is_ok_and(|cut| cut < announced));
        let mut received = Vec::new();
        let error = loop {
            if let Some(cut) = cut.filter(|cut| *cut <= received.len()) {
                received.truncate(cut);
                break typical(TransportErrorKind::Unavailable);
            }
            match body.next().await {
                Some(Ok(chunk)) => received.extend_from_slice(&chunk),
                Some(Err(error)) => break TransportError::new(TransportErrorKind::NotSent).with_source(error),
                None => return Ok(self.record_body(received.into())),
            }
        };
        self.record_body(received.into());
        Err(self.failed(error))
    }

    /// Does the request in one step, together with what a fault does to the store right after it.
    fn finish<T>(
        self,
        perform: impl FnOnce(&mut Store, &Strikes) -> Result<T, TransportError>,
    ) -> Result<T, TransportError> {
        let answer = {
            let mut state = self.transport.lock();
            let answer = perform(&mut state.store, &self.strikes);
            self.strikes.change(&mut state.store, &self.record.location);
            answer
        };
        match self.strikes.lost_answer() {
            Some(lost) if answer.is_ok() => Err(self.failed(lost)),
            _ => match answer {
                Ok(answer) => {
                    self.record(|record| record.answer = Some(Ok(())));
                    Ok(answer)
                }
                Err(error) => Err(self.failed(error)),
            },
        }
    }

    fn failed(&self, error: TransportError) -> TransportError {
        self.record(|record| record.answer = Some(Err(error.kind())));
        match error.kind() {
            TransportErrorKind::NotSent => error,
            _ => error.with_request_id(format!("{:016X}", self.index)),
        }
    }

    fn record_body(&self, body: Bytes) -> Bytes {
        self.record(|record| record.body = Some(body.clone()));
        body
    }

    fn record(&self, change: impl FnOnce(&mut RecordedRequest)) {
        let mut state = self.transport.lock();
        let place = self.index.checked_sub(state.forgotten);
        if let Some(record) = place.and_then(|place| state.requests.get_mut(place)) {
            change(record);
        }
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let mut state = self.transport.lock();
        state.in_flight = state.in_flight.saturating_sub(1);
    }
}

impl Transport for MemoryTransport {
    fn get_object(&self, request: GetObject) -> Answer<'_, ObjectResponse> {
        Box::pin(self.run(request, |store, mut request, strikes| {
            strikes.get(&mut request);
            let (mut attributes, bytes) = store.get(&request)?;
            strikes.shape(&mut attributes);
            let delivery = strikes.delivery(bytes, attributes.content_len, store.settings.chunk_len);
            Ok(ObjectResponse::new(attributes, delivery.into_body()))
        }))
    }

    fn head_object(&self, request: HeadObject) -> Answer<'_, ObjectAttributes> {
        Box::pin(self.run(request, |store, mut request, strikes| {
            strikes.head(&mut request);
            let mut attributes = store.head(&request)?;
            strikes.shape(&mut attributes);
            Ok(attributes)
        }))
    }

    fn put_object(&self, request: PutObject) -> Answer<'_, Written> {
        Box::pin(async move {
            let running = self.begin(request.describe());
            running.arrive().await?;
            let PutObject { location, body, metadata, if_match, if_none_match, options } = request;
            let bytes = running.receive(body).await?;
            running.finish(|store, strikes| {
                let description = description(&metadata, &options)?;
                let (if_match, if_none_match) = (strikes.condition(if_match), strikes.condition(if_none_match));
                let conditions =
                    WriteConditions { if_match: if_match.as_deref(), if_none_match: if_none_match.as_deref() };
                store.put(&location, bytes, description, conditions)
            })
        })
    }

    fn copy_object(&self, request: CopyObject) -> Answer<'_, Written> {
        Box::pin(self.run(request, |store, mut request, strikes| {
            strikes.copy(&mut request);
            store.copy(&request)
        }))
    }

    fn delete_object(&self, request: DeleteObject) -> Answer<'_, DeletedObject> {
        Box::pin(self.run(request, |store, mut request, strikes| {
            strikes.delete(&mut request);
            let DeleteObject { location, if_match, .. } = request;
            store.delete(&location.bucket, &location.key, location.version_id.as_deref(), if_match.as_deref())
        }))
    }

    fn delete_objects(&self, request: DeleteObjects) -> Answer<'_, Vec<Result<DeletedObject, TransportError>>> {
        Box::pin(async move {
            let running = self.begin(request.describe());
            running.arrive().await?;
            let refusals = request.objects.iter().map(|(key, _)| self.refusal_of(key)).collect();
            running.finish(|store, _| store.delete_many(&request, refusals))
        })
    }

    fn list_objects(&self, request: ListObjects) -> Answer<'_, ObjectList> {
        Box::pin(self.run(request, |store, request, _| store.list_objects(&request)))
    }

    fn create_multipart_upload(&self, request: CreateMultipartUpload) -> Answer<'_, String> {
        Box::pin(self.run(request, |store, request, _| store.create_upload(&request)))
    }

    fn upload_part(&self, request: UploadPart) -> Answer<'_, UploadedPart> {
        Box::pin(self.run(request, |store, request, _| store.upload_part(&request)))
    }

    fn upload_part_copy(&self, request: UploadPartCopy) -> Answer<'_, UploadedPart> {
        Box::pin(self.run(request, |store, mut request, strikes| {
            strikes.copy_part(&mut request);
            store.upload_part_copy(&request)
        }))
    }

    fn complete_multipart_upload(&self, request: CompleteMultipartUpload) -> Answer<'_, Written> {
        Box::pin(self.run(request, |store, mut request, strikes| {
            strikes.complete(&mut request);
            store.complete_upload(&request)
        }))
    }

    fn abort_multipart_upload(&self, request: AbortMultipartUpload) -> Answer<'_, ()> {
        Box::pin(self.run(request, |store, request, _| store.abort_upload(&request.location, &request.upload_id)))
    }

    fn list_multipart_uploads(&self, request: ListMultipartUploads) -> Answer<'_, UploadList> {
        Box::pin(self.run(request, |store, request, _| store.list_uploads(&request)))
    }

    /// Aborts the upload at once: there is no network to wait for.
    fn abandoned(&self, request: AbortMultipartUpload) {
        let record = RecordedRequest { operation: Operation::Abandoned, ..request.describe() };
        let running = self.begin(record);
        match running.strikes.refusal() {
            Some(refusal) => drop(running.failed(refusal)),
            // Nobody hears whether it worked; the record does.
            None => drop(running.finish(|store, _| store.abort_upload(&request.location, &request.upload_id))),
        }
    }
}

impl MemoryTransport {
    /// What a fault does to one object of `DeleteObjects`.
    fn refusal_of(&self, key: &str) -> Option<TransportError> {
        let target =
            Target { operation: Operation::DeleteObjects, key: Some(key), part_number: None, single_object: true };
        Strikes(self.lock().faults.strike(&target)).refusal()
    }
}
