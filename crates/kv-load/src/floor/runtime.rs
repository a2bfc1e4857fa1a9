//! One thread, a task per connection on tokio's current-thread runtime.

use std::net::TcpListener;
use std::sync::Arc;

use anyhow::Result;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Answers, Progress, READ};

pub(super) fn run(listener: TcpListener, answers: Answers) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let answers = Arc::new(answers);
    runtime.block_on(async move {
        listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            let answers = Arc::clone(&answers);
            tokio::spawn(async move {
                // It ends when the client goes, however it goes.
                let _ = serve(stream, &answers).await;
            });
        }
    })
}

async fn serve(mut stream: TcpStream, answers: &Answers) -> Result<()> {
    let (mut buffer, mut out) = (vec![0; READ], Vec::new());
    let mut progress = Progress::default();
    loop {
        let read = stream.read(&mut buffer).await?;
        if read == 0 {
            return Ok(());
        }
        out.clear();
        answers.answer(&mut progress, &buffer[..read], &mut out)?;
        stream.write_all(&out).await?;
    }
}
